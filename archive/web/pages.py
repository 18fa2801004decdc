"""Making a page from a template and what it shows: the part that all views share."""

from typing import TYPE_CHECKING, Any

from archive.web.asked import Asked, folder_of, read

if TYPE_CHECKING:
    from datasette.app import Datasette


async def render(
    datasette: "Datasette", request: Any, template: str, context: dict[str, Any], *, status: int = 200
) -> Any:
    """Give a page of ours; `context` is what its template names."""
    from datasette import Response

    await datasette.invoke_startup()
    folder = folder_of(datasette)
    ours = {
        "asked": read(request.query_string)
        if request.path.startswith(("/search", "/concordance", "/article/"))
        else Asked(),
        "ours": True,
        "here": request.path,
        "archive_name": folder.resolve().name if folder else "",
    }
    body = await datasette.jinja_env.get_template(template).render_async(
        {**datasette_context(datasette, request), **ours, **context}
    )
    return Response.html(body, status=status, headers={"x-presskeep-page": "1", "cache-control": "no-cache"})


def datasette_context(datasette: "Datasette", request: Any) -> dict[str, Any]:
    """Give what Datasette's own templates, whose frame ours is, expect."""
    return {"urls": datasette.urls, "request": request, "base_url": datasette.setting("base_url")}
