"""MLflow's page as a browser shows it, with the password sent along."""

import asyncio
import base64
import itertools
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

from tests.cluster.stack import PORTS, Unmet, secret

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def text_of(path: str, wanted: str, picture: Path) -> str | None:
    """The text of a page once it holds what is wanted, and a picture of it; None where there is no browser.

    Raises Unmet when the page does not come to hold it.
    """
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        return None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1500,900",
             "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return asyncio.run(_look(Path(profile, "DevToolsActivePort"), path, wanted, picture))
        finally:
            process.kill()
            process.wait()


async def _look(announced: Path, path: str, wanted: str, picture: Path) -> str:
    while not (announced.exists() and announced.read_text()):
        await asyncio.sleep(0.2)
    port = announced.read_text().splitlines()[0]
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json") as response:
            tab = next(each for each in await response.json() if each["type"] == "page")
        async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            return await _read(socket, path, wanted, picture)


async def _read(socket: Any, path: str, wanted: str, picture: Path) -> str:
    numbers = itertools.count(1)

    async def ask(method: str, **parameters: Any) -> Any:
        number = next(numbers)
        await socket.send_json({"id": number, "method": method, "params": parameters})
        while (answer := json.loads(await socket.receive_str())).get("id") != number:
            pass
        return answer["result"]

    login = base64.b64encode(f"sweep:{secret('mlflow_password')}".encode()).decode()
    await ask("Network.enable")
    await ask("Network.setExtraHTTPHeaders", headers={"Authorization": f"Basic {login}"})
    await ask("Page.navigate", url=f"http://127.0.0.1:{PORTS['MLFLOW_PORT']}{path}")
    shown = ""
    for _ in range(120):
        answer = await ask("Runtime.evaluate", expression="document.body ? document.body.innerText : ''")
        if wanted in (shown := str(answer["result"].get("value", ""))):
            picture.write_bytes(base64.b64decode((await ask("Page.captureScreenshot"))["data"]))
            return shown
        await asyncio.sleep(0.5)
    raise Unmet(f"the page at {path} does not show {wanted!r}: {shown[:500]}")
