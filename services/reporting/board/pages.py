"""The addresses of the board: each of its sheets, for all stores and for one."""

from asyncio import Task  # noqa: TC003 - a local variable is annotated with it

from nicegui import background_tasks, ui
from starlette.requests import Request
from starlette.responses import Response

from services.reporting.board.entry import TURNED_AWAY, Door, language_of
from services.reporting.board.language import Language
from services.reporting.board.live_readings import LiveReadings, Scope
from services.reporting.board.page import Page
from services.reporting.board.reading import Reading
from services.reporting.board.sessions import COOKIE, PATH, Sessions
from services.reporting.board.shown import SHEETS, Sheet
from services.reporting.board.store_table import sheet_path
from services.reporting.board.texts import Texts
from services.reporting.board.view import view_of
from services.reporting.board.visits import Visit, Visitor

FORGOTTEN_AFTER_SECONDS = 60.0
"""A page whose connection is lost for longer is loaded again when it comes back."""
BUILD_SECONDS = 15.0

_FRAMES = {
    language: ui.page("/", language=language.tag, reconnect_timeout=FORGOTTEN_AFTER_SECONDS)
    for language in Language
}


class Pages:
    """Shows the pages to those who may see them."""

    def __init__(self, door: Door, sessions: Sessions, readings: LiveReadings) -> None:
        self._door = door
        self._sessions = sessions
        self._readings = readings

    def register(self) -> None:
        """Give NiceGUI the pages."""
        for sheet in SHEETS:
            self._register(sheet)

    def _register(self, sheet: Sheet) -> None:
        below = sheet.path.removeprefix(PATH)

        @ui.page(below or "/", response_timeout=BUILD_SECONDS)
        async def all_stores(request: Request) -> Response | None:
            return await self._answer(request, sheet, None)

        @ui.page(f"{below}/stores/{{store_id}}", response_timeout=BUILD_SECONDS)
        async def one_store(request: Request, store_id: str) -> Response | None:
            return await self._answer(request, sheet, store_id)

    async def _answer(
        self, request: Request, sheet: Sheet, store_id: str | None
    ) -> Response | None:
        path = sheet_path(sheet, store_id)
        given = request.query_params.get("token")
        if given is not None:
            return await self._door.admit(request, given, path)
        credential = self._sessions.open(request.cookies.get(COOKIE))
        if credential is None:
            return self._door.refuse(request, path=path)
        try:
            caller = await self._sessions.verify(credential)
        except TURNED_AWAY as error:
            return self._door.turn_away(request, error, path=path, was_inside=True)
        visitor = Visitor(credential, Scope(caller.stores, store_id, sheet), language_of(request))
        await self._open(visitor)
        return None

    async def _open(self, visitor: Visitor) -> None:
        client = ui.context.client
        client.page = _FRAMES[visitor.language]
        texts = Texts(visitor.language)
        reading = await self._readings.read(visitor.scope)
        store_id = visitor.scope.store_id
        if store_id is not None and not reading.stores:
            client.status_code = 404
        name = None if store_id is None else _name_of(reading, store_id)
        sheet = visitor.scope.sheet
        client.title = f"{name or texts(f'{sheet.name}_title')} · Shopfleet"
        page = Page(texts, visitor.scope, store_name=name)
        page.show(view_of(reading, texts, sheet))
        self._keep_moving(Visit(client, page, texts, visitor))

    def _keep_moving(self, visit: Visit) -> None:
        tasks: set[Task[None]] = set()

        def begin() -> None:
            if not tasks:
                work = visit.live(self._readings, self._sessions)
                tasks.add(background_tasks.create(work, name="board visit"))

        def end() -> None:
            for task in tasks:
                task.cancel()

        visit.client.on_connect(begin)
        visit.client.on_delete(end)


def _name_of(reading: Reading, store_id: str) -> str:
    return next((store.name for store in reading.stores), store_id)
