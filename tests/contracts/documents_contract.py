"""The port Documents: what the rest of the controller remembers."""

from datetime import timedelta

import pytest

from tests.contracts.store_place import Store, StorePlace


class DocumentsContract:
    """Small JSON documents by kind and id, with versions."""

    def test_are_none_before_they_are_put(self, store: Store) -> None:
        """Nothing is there."""
        assert (store.get("kind", "id"), store.ids("kind")) == (None, [])

    def test_have_versions_from_1_on(self, store: Store) -> None:
        """Each put gives the next one."""
        assert [store.put("kind", "id", {"n": n}) for n in range(3)] == [1, 2, 3]
        assert store.get("kind", "id") == ({"n": 2}, 3)

    @pytest.mark.parametrize(
        "document",
        [
            pytest.param({}, id="empty"),
            pytest.param({"a": {"b": [1, 2.5, None, True, "x"]}}, id="nested"),
            pytest.param({"é\u0000": "\U0001f600\n\"\\'"}, id="strange text"),
            pytest.param({"n": 2**63, "f": 1e300}, id="large numbers"),
        ],
    )
    def test_come_back_as_they_were_put(self, store: Store, document: dict[str, object]) -> None:
        """JSON in, JSON out."""
        store.put("kind", "id", document)
        assert store.get("kind", "id") == (document, 1)

    def test_are_not_changed_by_who_reads_them(self, store: Store) -> None:
        """What is read is a copy."""
        store.put("kind", "id", {"list": [1]})
        found = store.get("kind", "id")
        assert found
        found[0]["list"].append(2)
        assert store.get("kind", "id") == ({"list": [1]}, 1)

    @pytest.mark.parametrize(
        ("puts", "expected", "version"),
        [
            pytest.param(0, 0, 1, id="none is there, none is expected"),
            pytest.param(0, 1, None, id="none is there, one is expected"),
            pytest.param(2, 2, 3, id="the present one"),
            pytest.param(2, 1, None, id="an older one"),
            pytest.param(2, 3, None, id="a newer one"),
            pytest.param(2, 0, None, id="one is there, none is expected"),
        ],
    )
    def test_are_written_only_at_the_expected_version(
        self, store: Store, puts: int, expected: int, version: int | None
    ) -> None:
        """Else nothing is written."""
        for n in range(puts):
            store.put("kind", "id", {"n": n})
        before = store.get("kind", "id")
        assert store.put("kind", "id", {"new": True}, expected) == version
        assert store.get("kind", "id") == (({"new": True}, version) if version else before)

    def test_can_be_deleted(self, store: Store) -> None:
        """Also where there is none."""
        store.put("kind", "id", {})
        store.delete("kind", "id")
        store.delete("kind", "id")
        assert (store.get("kind", "id"), store.ids("kind")) == (None, [])
        assert store.put("kind", "id", {}, expected=0) == 1

    def test_are_kept_apart_by_kind_and_id(self, store: Store) -> None:
        """The same id may occur in two kinds."""
        for kind, id in (("a", "b/c"), ("a/b", "c"), ("a", "b")):
            store.put(kind, id, {"is": f"{kind} {id}"})
        store.delete("a", "b")
        assert store.get("a", "b/c") == ({"is": "a b/c"}, 1)
        assert store.get("a/b", "c") == ({"is": "a/b c"}, 1)

    def test_are_listed_in_order(self, store: Store) -> None:
        """Ids of one kind."""
        for id in ("b", "a", "C", "ab"):
            store.put("kind", id, {})
        store.put("other", "x", {})
        assert store.ids("kind") == ["C", "a", "ab", "b"]

    def test_are_listed_by_when_they_were_last_put(self, store: Store, place: StorePlace) -> None:
        """With a time, only those last put before it; reading does not touch, putting does, a refused put does not."""
        start = place.clock.now()
        for id in ("old", "read", "refused", "again"):
            store.put("kind", id, {})
        place.clock.advance(10)
        store.get("kind", "read")
        store.put("kind", "refused", {}, expected=7)
        store.put("kind", "again", {})
        store.put("kind", "new", {})
        assert store.ids("kind", start) == []
        assert store.ids("kind", start + timedelta(seconds=10)) == ["old", "read", "refused"]
        assert store.ids("kind", start + timedelta(seconds=10.001)) == ["again", "new", "old", "read", "refused"]
