"""The pages of Dagster's UI in a headless browser, and what can be read on them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver


@contextmanager
def browser() -> Iterator[WebDriver]:
    """A headless Chromium with a profile of its own."""
    programs = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if not all(programs):
        pytest.skip("the pages are not looked at: chromium and chromedriver are not installed")
    options = Options()
    options.binary_location = str(programs[0])
    with tempfile.TemporaryDirectory() as profile:
        for flag in (
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--window-size=1600,1100", f"--user-data-dir={profile}",
        ):  # fmt: skip
            options.add_argument(flag)
        window = webdriver.Chrome(options=options, service=Service(programs[1]))
        try:
            yield window
        finally:
            window.quit()


def text_of(window: WebDriver) -> str:
    return str(window.execute_script("return document.body.innerText"))


def links(window: WebDriver) -> list[webdriver.remote.webelement.WebElement]:
    return window.find_elements(By.XPATH, "//*[normalize-space(text())='[Show Markdown]']")


def width_of_the_picture(window: WebDriver) -> int:
    script = "const i = document.querySelector('img[src^=\"data:image/png\"]'); return i ? i.naturalWidth : 0"
    return int(window.execute_script(script))
