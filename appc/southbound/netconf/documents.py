"""XML to and from devices: read without entities and external references, written so that it reads back the same."""

from lxml import etree

from appc.lcm.errors import InvalidInputParameter

#: The namespace of NETCONF's own elements (RFC 6241, section 3.1).
BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
Element = etree._Element
#: What an edit does with an element and all inside it (RFC 6241, section 7.2).
_OPERATION = f"{{{BASE}}}operation"


class NoDocument(ValueError):
    """A text that is no XML, or more than we read of XML."""


def parsed(text: str) -> Element:
    """The root element; blanks between elements are left out.

    No entity is expanded, no DTD or external reference is loaded: a document that declares a type is refused.
    Raises: NoDocument.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=True, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError, ValueError) as error:
        raise NoDocument(f"is no XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise NoDocument("declares a document type, which is not read")
    return root


def template_element(content: str) -> Element:
    """A filled template. Raises: InvalidInputParameter (301)."""
    try:
        return parsed(content)
    except NoDocument as fault:
        raise InvalidInputParameter(f"the filled template {fault}") from None


def config_element(content: str) -> Element:
    """A filled template as `<config>`, into which it is put if it is something else.

    Raises: InvalidInputParameter (301).
    """
    root = template_element(content)
    if root.tag == f"{{{BASE}}}config":
        return root
    config = etree.Element(f"{{{BASE}}}config", nsmap={None: BASE})
    config.append(root)
    return config


def replacing(config: Element, element: Element) -> Element:
    """The `<config>`, told to put its elements into the place of the one selected on the device by `element`."""
    for each in config:
        each.set(_OPERATION, "replace")
    if not len(config):
        config.append(etree.Element(element.tag, {_OPERATION: "remove"}))
    return config


def config_text(data: Element) -> str:
    """The `<data>` of a reply as the text of a `<config>`: what can be sent again and reads back the same."""
    # The element alone, but with every prefix that its surroundings declare: values may use them.
    config = parsed(etree.tostring(data, encoding="unicode", with_tail=False))
    config.tag = f"{{{BASE}}}config"
    # The reply's own prefixes say nothing about the configuration, and differ from reply to reply.
    kept = {prefix for each in config.iter() for prefix, uri in each.nsmap.items() if prefix and uri != BASE}
    etree.cleanup_namespaces(config, top_nsmap={None: BASE}, keep_ns_prefixes=sorted(kept))
    return etree.tostring(config, encoding="unicode")
