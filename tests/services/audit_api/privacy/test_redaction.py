"""A name is taken out of what others wrote, and nothing moves."""

from audit_api.privacy.redaction import Redaction, is_same_but_redacted

NADIA = Redaction(["U7"], ["Nadia Ferro"])
RICE = Redaction(["U8"], ["Rice"])


def test_names_and_ids_are_taken_out_letter_by_letter() -> None:
    assert NADIA.value("<@U7> and nadia ferro: 2 cs kale") == "<@██> and ███████████: 2 cs kale"


def test_longer_words_stay() -> None:
    assert NADIA.value("U77 and Nadia Ferrod") == "U77 and Nadia Ferrod"


def test_a_name_of_one_word_is_taken_out_only_as_it_is_written() -> None:
    assert RICE.value("Rice took 5 lb rice") == "████ took 5 lb rice"


def test_strings_inside_of_json_are_found_and_keys_stay() -> None:
    assert NADIA.value({"Nadia Ferro": ["\nNadia Ferro", 2]}) == {"Nadia Ferro": ["\n███████████", 2]}


def test_a_text_is_known_again_by_its_other_letters() -> None:
    text = "thanks Nadia Ferro, 2 cs kale"
    assert is_same_but_redacted(text, NADIA.value(text))
    assert not is_same_but_redacted("thanks Nadia Ferro, 3 cs kale", NADIA.value(text))
    assert not is_same_but_redacted(text + "!", NADIA.value(text))
