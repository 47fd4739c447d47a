from ddsgui.xmp import document_text, encode_xmp


def test_a_document_survives_every_sign() -> None:
    import json

    document = {"text": "ä\"<>&'\u2028 \\ /", "numbers": [1, 2.5, None]}
    packet = encode_xmp({"recipe": document})
    text = document_text(packet, "recipe")
    assert text is not None and json.loads(text) == document
    assert document_text(packet, "latent") is None


def test_foreign_and_broken_packets_have_no_document() -> None:
    for packet in (b"", b"\xff\xfe\x00", b"<x:xmpmeta/>", encode_xmp({})):
        assert document_text(packet, "recipe") is None


def test_a_packet_is_xml() -> None:
    from xml.etree import ElementTree

    ElementTree.fromstring(
        encode_xmp({"recipe": {"text": '<&"'}}).decode().split("?>", 1)[1].split("<?xpacket")[0]
    )
