"""mkdocs calls this: it adds the generated pages and the documents outside docs/, and gives every page its place.

A page that nobody knows here is a guide: a file dropped into docs/ appears in the navigation by itself.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs_site.interfaces import asyncapi_page, documents, openapi_page, schemas_page
from docs_site.reference import GENERATED

#: Documents outside docs/, and the pages they become.
DOCUMENTS = {
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "openstack_lab/README.md": "openstack-lab.md",
}

#: The doors, in the order in which most people meet them.
DOORS = ("command-line.md", "client-library.md", "message-router.md", "kafka.md", "restconf.md")

#: Files in docs/ that have their place; all others are guides.
_PLACED = frozenset({"index.md", "tutorial.md", *DOORS, *DOCUMENTS.values()})


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages; the navigation follows from what there is."""
    root = Path(config.config_file_path).parent
    for name, page in DOCUMENTS.items():
        files.append(File.generated(config, page, content=as_page((root / name).read_text())))
    for page, generate in GENERATED.items():
        files.append(File.generated(config, page, content=generate()))
    interfaces = {"openapi": openapi_page(), "asyncapi": asyncapi_page(), "schemas": schemas_page(root)}
    for name, text in interfaces.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    for path, text in documents(root):
        files.append(File.generated(config, path, content=text))
    config.nav = navigation([file.src_uri for file in files.documentation_pages()])
    return files


def navigation(pages: list[str]) -> list[str | dict[str, list[str]]]:
    """Where each page stands: the way in, the doors, the guides, the reference, the project."""
    guides = sorted(page for page in pages if "/" not in page and page not in _PLACED)
    reference = [page for page in GENERATED if page in pages]
    reference += sorted(page for page in pages if page.startswith("reference/") and page not in GENERATED)
    sections: dict[str, list[str]] = {
        "Doors": [page for page in DOORS if page in pages],
        "Guides": guides,
        "Reference": reference,
        "Project": [page for page in DOCUMENTS.values() if page in pages],
    }
    ways_in = [page for page in ("index.md", "tutorial.md") if page in pages]
    return [*ways_in, *({title: within} for title, within in sections.items() if within)]


def as_page(text: str) -> str:
    """A document of the checkout with its links as they are from inside the site."""
    names = "|".join(re.escape(name) for name in DOCUMENTS)
    text = re.sub(rf"\]\(({names})", lambda link: f"]({DOCUMENTS[link[1]]}", text)
    return text.replace("](docs/", "](")
