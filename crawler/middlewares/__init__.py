"""What stands between the spiders and the network: the capture tap, conditional requests, the address guard."""
