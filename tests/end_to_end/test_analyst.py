"""The analyst's page: each question's SQL runs on the published demo and gives the answer that is printed."""

import duckdb
import pytest

from tests.end_to_end.analyst_page import PAGE, Question, answered, questions
from tests.end_to_end.conftest import House

QUESTIONS = questions(PAGE.read_text(encoding="utf-8"))


def test_there_are_twenty_two_questions() -> None:
    assert len(QUESTIONS) == PAGE.read_text(encoding="utf-8").count("```sql") == 22


@pytest.mark.parametrize("one", QUESTIONS, ids=[one.question for one in QUESTIONS])
def test_the_answer_is_the_one_printed(demo: House, one: Question) -> None:
    with duckdb.connect(demo.published, read_only=True) as database:
        database.execute("use marts")
        assert answered(database, one.sql) == one.result
