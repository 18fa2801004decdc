"""The spiders: news (sources to pages) and fetch (exactly these URLs)."""
