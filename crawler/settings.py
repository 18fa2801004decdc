"""Scrapy's settings; each that is not Scrapy's default says why.

What a run knows (its archive, its sources, its contact) is laid over them by crawler/process.py; `scrapy crawl` in the
checkout takes the archive from $PRESSKEEP_ARCHIVE or ./data.
"""

import os

from archive import __version__
from crawler.addresses import AddressPolicy

BOT_NAME = "presskeep"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# what a run lays over (crawler/process.py, run.py, fetching.py)
PRESSKEEP_ARCHIVE = os.environ.get("PRESSKEEP_ARCHIVE", "data")
PRESSKEEP_ADDRESSES = AddressPolicy()
PRESSKEEP_RHYTHM = "crawler.rhythm.RHYTHM"
PRESSKEEP_WORKERS = 0  # one for each core
PRESSKEEP_RECHECKS = None  # as crawler/frontier.py has it
PRESSKEEP_PROFILE = "full"
PRESSKEEP_OPTIONS: dict[str, object] = {}
PRESSKEEP_RENDERS = False  # whether a source wants a browser

# Who we are: honest, with a contact where one is set
CONTACT = os.environ.get("PRESSKEEP_CONTACT", "")
USER_AGENT = f"presskeep/{__version__}" + (f" (+{CONTACT})" if CONTACT else "")

# Polite by default: one connection a host, a second between requests, slower where the host is slow
CONCURRENT_REQUESTS = 32
CONCURRENT_ITEMS = 1  # an answer gives one item; Scrapy would start 100 tasks for it
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0.25
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = DOWNLOAD_DELAY
ROBOTSTXT_OBEY = False  # ours does it: RFC 9309 closes a host whose robots.txt fails

# Bounds on what the hostile web may cost
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_VERIFY_CERTIFICATES = True
DNS_TIMEOUT = 20
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False  # it leads past consent and into traps, never to the article
COOKIES_ENABLED = False  # a crawl has no session; and its suffix list would be fetched from elsewhere
REFERRER_POLICY = "no-referrer"  # where a link was found is nobody's business
URLLENGTH_LIMIT = 0  # crawler/traps.py refuses long URLs, each with its outcome row; Scrapy would drop them silently
DOWNLOAD_HANDLERS = {
    "http": "crawler.connections.GuardedHandler",  # bounds of its own, and certificates are checked
    "https": "crawler.connections.GuardedHandler",
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
RETRY_TIMES = 1  # the frontier asks again in a later run
RETRY_HTTP_CODES = [500, 502, 504, 522, 524, 408]  # 429 and 503 ask for a pause, not for another try
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # it becomes an outcome row
HTTPERROR_ALLOW_ALL = True  # a status is an outcome: the spiders name it
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the frontier is a table: nothing seen lives in memory
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.DownloaderAwarePriorityQueue"

TWISTED_DNS_RESOLVER = "crawler.resolver.GuardingResolver"
# The bases are ours: what is only switched off would still be imported, at a third of a second a run
DOWNLOADER_MIDDLEWARES_BASE = {
    "crawler.middlewares.guard.AddressGuard": 50,
    "crawler.middlewares.forgotten.Forgotten": 60,
    "crawler.middlewares.robots.RobotsRules": 100,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawler.middlewares.rendering.Rendering": 540,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "crawler.middlewares.codings.ContentCodings": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
    "crawler.middlewares.tap.CaptureTap": 860,
    "crawler.middlewares.pause.HostPause": 870,
}
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
ITEM_PIPELINES = {
    "pipelines.stages.ExtractStage": 100,
    "pipelines.stages.KeepStage": 900,
}

# No doors, no noise
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "WARNING"
STATS_DUMP = False
LOGSTATS_INTERVAL = 0
LOG_VERSIONS: list[str] = []
LOG_INSTALL_ROOT_HANDLER = False  # the command line has set logging up
