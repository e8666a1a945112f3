from streamlit.testing.v1 import AppTest


def compute_squares() -> None:
    import streamlit as st

    from app.parts.memos import remember

    computed = st.session_state.setdefault("computed", [])
    for number in st.session_state.get("wanted", []):
        square = remember("squares", number, lambda n=number: computed.append(n) or n**2, most=2)
        assert square == number**2
        assert remember("cubes", number, lambda n=number: n**3) == number**3


def test_a_session_computes_again_what_it_used_longest_ago() -> None:
    app = AppTest.from_function(compute_squares)
    app.session_state["wanted"] = [2, 3, 2, 4]
    assert not app.run().exception
    assert app.session_state["computed"] == [2, 3, 4]
    app.session_state["wanted"] = [2, 4, 3]
    assert not app.run().exception
    assert app.session_state["computed"] == [2, 3, 4, 3]


def share_squares() -> None:
    import streamlit as st

    from app.parts.memos import share

    computed = st.session_state.setdefault("computed", [])
    for number in st.session_state.get("wanted", []):
        square = share("shared-squares", number, lambda n=number: computed.append(n) or n**2)
        assert square == number**2


def test_what_one_session_computed_another_has_at_once() -> None:
    for wanted, computed in (([2, 3], [2, 3]), ([3, 4, 2], [4])):
        app = AppTest.from_function(share_squares)
        app.session_state["wanted"] = wanted
        assert not app.run().exception
        assert app.session_state["computed"] == computed
