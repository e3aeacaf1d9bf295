"""Headless Chromium for the page tests, with a new empty profile each time."""

import contextlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage")


@contextlib.contextmanager
def chromium(width: int, height: int, language: str = "en-US", mobile: bool = False, before_page: str = ""):
    """A driver whose page is width x height CSS pixels; console and network are recorded. `before_page` is a script
    that runs in each new document before its own."""
    profile = tempfile.mkdtemp(prefix="gatehouse-web-")
    options = Options()
    for flag in (*FLAGS, f"--user-data-dir={profile}", f"--lang={language}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    try:
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile})
        if before_page:
            driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": before_page})
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)
