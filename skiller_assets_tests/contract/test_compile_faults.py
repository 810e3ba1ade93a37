"""Every fault of a contract is named with its file, its place and what to do."""

from __future__ import annotations

import pytest

from skiller_assets.contract.errors import ContractError
from skiller_assets_tests.worlds import GONE, Patch, library

RULE = "tools.borrow_book.rules.1.check"
EFFECT = "tools.borrow_book.effects.0.sql"
READ = "tools.find_books.returns.many"
LOAN = "relationships.loan"
LIFECYCLE = f"{LOAN}.lifecycle"
STATUS = f"{LOAN}.attributes.status"
GRANT = "tools.authorize_member.grants.sql"


def faults(patch: Patch) -> str:
    with pytest.raises(ContractError) as caught:
        library(patch)
    return str(caught.value)


TABLES: list[tuple[str, Patch, list[str]]] = [
    ("an id without a reference", {f"{LOAN}.attributes.book_id": {"type": "id"}},
     ["library.yaml: relationship loan: attribute book_id: an id without a reference"]),
    ("a reference to nothing", {f"{LOAN}.attributes.book_id.refers_to": "book.isbn"},
     ["attribute book_id: refers to book.isbn, which does not exist"]),
    ("a reference of another type", {f"{LOAN}.attributes.due_on.refers_to": "book.title"},
     ["attribute due_on: is date and refers to book.title, which is text"]),
    ("a reference to what is not unique", {f"{LOAN}.attributes.note": {"type": "text", "refers_to": "book.title"}},
     ["refers to book.title, which is neither a key nor unique"]),
    ("a reference to a part of a key", {f"{LOAN}.attributes.fee": {"type": "integer", "refers_to": "fee.fee_no"}},
     ["attribute fee: refers to a part of the key of fee (refer to loan_id, fee_no)"]),
    ("a key that is no attribute", {"entities.book.key": "isbn"}, ["entity book: key column isbn is no attribute"]),
    ("an optional key", {"entities.book.attributes.book_id.optional": True}, ["a key is never empty"]),
    ("an enum of numbers", {f"{LOAN}.attributes.renewals.enum": ["1"]}, ["an enum lists the values of a text"]),
    ("an empty enum", {"entities.book.attributes.shelf.enum": []}, ["an enum lists at least one value"]),
    ("bounds of a text", {"entities.book.attributes.shelf.minimum": 3}, ["is text and has bounds"]),
    ("bounds upside down", {f"{LOAN}.attributes.renewals": {"type": "integer", "minimum": 3, "maximum": 1}},
     ["its minimum 3 is above its maximum 1"]),
    ("a format of a text", {"entities.book.attributes.shelf.format": "A##"}, ["only an id has a format"]),
    ("a human field of a book", {"entities.book.attributes.title.generate": {"human": "city"}},
     ["only a person entity takes values from a human"]),
    ("an unknown human field", {"entities.member.attributes.full_name.generate": {"human": "shoe_size"}},
     ["humans have no shoe_size; fields are city"]),
    ("a relationship without the person", {f"{LOAN}.attributes.member_id.refers_to": "book.book_id"},
     ["relationship loan: refers to no principal"]),
    ("a child without its parent", {f"{LOAN}.children.fee.attributes.loan_id.refers_to": "book.book_id"},
     ["child fee: has no attribute that refers to its parent loan"]),
    ("a child whose key begins elsewhere", {f"{LOAN}.children.fee.key": ["fee_no", "loan_id"]},
     ["a composite key begins with the reference to loan"]),
    ("cyclic references", {"entities.book.attributes.last": {"type": "id", "refers_to": "loan.loan_id"}},
     ["references form a cycle: book, fee, loan"]),
    ("two tables of one name", {f"{LOAN}.children.book": {"describe": "Twice.", "key": ["loan_id", "no"], "attributes": {
        "loan_id": {"type": "id", "refers_to": "loan.loan_id"}, "no": {"type": "integer"}}}},
     ["two tables have the same name"]),
    ("a principal that is no person", {"principals": ["book"]}, ["book is no customer person entity"]),
    ("nobody authorizes", {"principals": ["member", "book"]}, ["exactly one tool authorizes book; found: none"]),
    ("a cyclic lifecycle", {f"{LIFECYCLE}.states.returned.next": ["open"]},
     ["relationship loan: lifecycle: is cyclic: open → returned → open"]),
    ("an unreachable state", {f"{LIFECYCLE}.states.lost": {"describe": "Gone for good."}},
     ["lifecycle: states never reached from open: lost"]),
    ("a next state that is none", {f"{LIFECYCLE}.states.open.next": ["returned", "lost"]},
     ["lifecycle: state open: is followed by lost, which is no state"]),
    ("an initial state that is none", {f"{LIFECYCLE}.initial": "new"}, ["the initial state new is no state"]),
    ("a lifecycle in no column", {f"{LIFECYCLE}.column": "phase"}, ["column phase is no text attribute"]),
    ("states repeated as an enum", {f"{STATUS}.enum": ["open"]}, ["column status repeats its states as an enum"]),
    ("a constant named like a table", {"constants.book": {"type": "integer", "value": 2}},
     ["constant book: takes a name that is in use"]),
    ("a constant of another type", {"constants.max_loans.value": "three"}, ["constant max_loans: 'three' is no integer"]),
    ("a constant with too many decimals", {"constants.late_fee.value": 1.505}, ["late_fee: 1.505 has more than two decimals"]),
]  # fmt: skip

TOOLS: list[tuple[str, Patch, list[str]]] = [
    ("an invented table", {RULE: "SELECT COUNT(*) = 0 FROM lending"},
     ["library.yaml: tool borrow_book: rule on_the_shelf: no such table lending; tables are book, fee, loan, member"]),
    ("an invented column", {RULE: "SELECT returned_on IS NULL FROM loan"},
     ["tool borrow_book: rule on_the_shelf: no such column returned_on; loan has loan_id, member_id"]),
    ("an invented column of an alias", {RULE: "SELECT l.back IS NULL FROM loan l"}, ["no such column l.back; loan has loan_id"]),
    ("an invented function", {RULE: "SELECT is_free(:book_id) = 1"}, ["rule on_the_shelf: no such function is_free"]),
    ("an invented parameter", {RULE: "SELECT COUNT(*) = 0 FROM loan WHERE book_id = :copy_id"},
     ["rule on_the_shelf: no such parameter :copy_id; parameters here are :book_id, :late_fee, :max_loans, :me"]),
    ("an invented column of an effect", {EFFECT: "UPDATE loan SET lost = 1 WHERE book_id = :book_id"},
     ["tool borrow_book: effect 1: no such column lost; loan has"]),
    ("an invented column of a result", {READ: "SELECT isbn FROM book"}, ["tool find_books: returns: no such column isbn"]),
    ("an invented column of a nested result", {"tools.list_my_loans.returns.with.fees.many": "SELECT cause FROM fee"},
     ["tool list_my_loans: returns: fees: no such column cause; fee has loan_id"]),
    ("an invented column of a grant", {GRANT: "SELECT member_id FROM member WHERE card = :email"},
     ["tool authorize_member: grants known_member: no such column card"]),
    ("an invented column of a let", {"tools.return_book.let.overdue.sql": "SELECT due < date(:now) FROM loan"},
     ["tool return_book: let overdue: no such column due;"]),
    ("an invented column of a choice", {"tools.renew_loan.parameters.days.choose": "SELECT days FROM loan"},
     ["tool renew_loan: parameter days: choose: no such column days"]),
    ("an invented column of an unused relation", {"tools.find_books.with": {"free": "SELECT isbn FROM book"}},
     ["tool find_books: with free: no such column isbn"]),
    ("an invented column of an invariant", {"invariants.0.none": "SELECT loan_id FROM fee WHERE due < 0"},
     ["library.yaml: invariant fees_are_positive: no such column due"]),
    ("a number that no sentence says", {RULE: "SELECT COUNT(*) < 5 FROM loan WHERE book_id = :book_id"},
     ["rule on_the_shelf: applies 5, which its sentence does not say (a constant needs a sentence)"]),
    ("a status that no sentence says", {RULE: "SELECT COUNT(*) = 0 FROM loan WHERE status = 'returned'"},
     ["rule on_the_shelf: applies 'returned', which its sentence does not say"]),
    ("a constant that no sentence quotes", {"tools.borrow_book.rules.2.says": "A member has fewer than three open."},
     ["rule below_limit: applies the constant :max_loans and does not say {max_loans}"]),
    ("a state that no effect says", {"tools.return_book.effects.0.says": "The loan ends."},
     ["tool return_book: effect 1: applies 'returned', which its sentence does not say"]),
    ("a sentence that quotes an unknown constant", {"tools.return_book.effects.1.says": "Costs {late_fees} {late_fee}."},
     ["effect 2: quotes {late_fees}, which is no constant (constants are late_fee, max_loans, renew_days)"]),
    ("a status that no loan has", {RULE: "SELECT NOT EXISTS (SELECT 1 FROM loan WHERE book_id = :book_id AND status = 'opened')"},
     ["rule on_the_shelf: 'opened' is no value of status; values are open, returned"]),
    ("a status that no loan has, in a list", {READ: "SELECT loan_id FROM loan WHERE status NOT IN ('open', 'gone')"},
     ["returns: 'gone' is no value of status"]),
    ("an effect that writes no state", {"tools.return_book.effects.0.sql":
     "UPDATE loan SET status = 'closed' WHERE loan_id = :loan_id"}, ["effect 1: 'closed' is no value of status"]),
    ("a key update", {EFFECT: "UPDATE loan SET loan_id = :book_id WHERE book_id = :book_id"},
     ["effect 1: changes the key column loan.loan_id (a record keeps its key for life)"]),
    ("a key update in an upsert", {EFFECT:
     "INSERT INTO book (book_id, title, shelf, price) VALUES (:book_id, 'x', 'y', 0) ON CONFLICT DO UPDATE SET book_id = 'z'"},
     ["effect 1: changes the key column book.book_id"]),
    ("a part of a key updated", {EFFECT: "UPDATE fee SET fee_no = fee_no + 1 WHERE loan_id = :book_id"},
     ["changes the key column fee.fee_no"]),
    ("an effect that changes nothing", {EFFECT: "SELECT status FROM loan"}, ["effect 1: is a SELECT; INSERT, UPDATE, DELETE"]),
    ("a rule that changes something", {RULE: "DELETE FROM loan"}, ["rule on_the_shelf: is a DELETE; SELECT, WITH or VALUES"]),
    ("a rule that hides a change", {RULE: "WITH x AS (SELECT 1) DELETE FROM loan"}, ["rule on_the_shelf: changes data"]),
    ("a rule with two columns", {RULE: "SELECT status, book_id FROM loan"}, ["yields 2 columns; one is expected"]),
    ("a column twice", {READ: "SELECT title, shelf AS title FROM book"}, ["returns: the column title stands twice"]),
    ("a column without a name", {READ: "SELECT title, price * 1 FROM book"}, ["the column price * 1 has no name (say AS name)"]),
    ("computed money of no type", {READ: "SELECT title, price - 0 AS reduced FROM book"},
     ["reduced is computed beside money (book.price) (declare its type in types)"]),
    ("a type of no column", {"tools.find_books.returns.types": {"cost": "money"}}, ["declares the type of cost, which is no column"]),
    ("a type that contradicts", {"tools.find_books.returns.types": {"price": "text"}},
     ["price comes from book.price, a money, and is declared text"]),
    ("a value of two columns", {"tools.find_books.returns": {"value": "SELECT title, shelf FROM book"}},
     ["a value has one column, not 2"]),
    ("a nested result named like a column", {"tools.list_my_loans.returns.with.status": {"many": "SELECT fee_no FROM fee"}},
     ["status is both a column and a nested result"]),
    ("a grant of another key", {GRANT: "SELECT full_name FROM member WHERE email = :email"},
     ["grants known_member: yields full_name; the key member.member_id is expected"]),
    ("a relation named like a table", {"tools.find_books.with": {"loan": "SELECT book_id FROM book"}},
     ["the name loan under with is also a table's"]),
    ("no returns", {"tools.renew_loan.returns": GONE}, ["tool renew_loan: returns nothing (declare returns)"]),
    ("a read with effects", {"tools.renew_loan.access": "read"}, ["tool renew_loan: is a read and has effects"]),
    ("a write without effects", {"tools.find_books.access": "write"}, ["tool find_books: is a write and has no effect"]),
    ("a read that asks for confirmation", {"tools.find_books.confirm": "tool"}, ["only a write asks for confirmation"]),
    ("an authorization without grants", {"tools.authorize_member.grants": GONE}, ["authorizes and has no grants query"]),
    ("an authorization with a let", {"tools.authorize_member.let": {"who": {"says": "Who.", "sql": "SELECT 1 AS one"}}},
     ["an authorization only grants"]),
    ("grants without authorizing", {"tools.find_books.grants": {"id": "x", "says": "Is it?", "sql": "SELECT member_id FROM member"}},
     ["tool find_books: grants without authorizing"]),
    ("an unknown rule group", {"tools.renew_loan.rules.0": {"use": "own_loans"}},
     ["tool renew_loan: uses the rule group own_loans, which does not exist (rule groups are own_loan)"]),
    ("an unused rule group", {"rule_groups.own_fee": [{"id": "x", "kind": "status", "says": "No.", "check": "SELECT 1 AS one"}]},
     ["rule group own_fee: is used by no tool"]),
    ("a rule twice", {"tools.renew_loan.rules+": {"use": "own_loan"}}, ["tool renew_loan: rule own_loan stands twice"]),
    ("a reserved tool name", {"tools.calculate": {"access": "read", "describe": "Adds.", "returns": {"value": "SELECT 1 AS one"}}},
     ["tool calculate: takes a reserved name"]),
    ("a reserved parameter", {"tools.find_books.parameters.now": {"type": "date", "describe": "When."}},
     ["the name now means two things"]),
    ("a parameter named like a constant", {"tools.find_books.parameters.late_fee": {"type": "money", "describe": "How much."}},
     ["the name late_fee means two things"]),
    ("a parameter named like a row's column", {"tools.find_books.parameters.row_title": {"type": "text", "describe": "A title."}},
     ["the name row_title begins like those of an enclosing row"]),
    ("a parameter of an id without a reference", {"tools.borrow_book.parameters.book_id.refers_to": GONE},
     ["tool borrow_book: parameter book_id: an id without a reference"]),
    ("a parameter that refers to nothing", {"tools.find_books.parameters.title.refers_to": "book.name"},
     ["parameter title: refers to book.name, which does not exist"]),
    ("a parameter that refers to another type", {"tools.renew_loan.parameters.days.refers_to": "book.title"},
     ["parameter days: is integer and refers to book.title, which is text"]),
    ("a default that is not optional", {"tools.renew_loan.parameters.days.default": 7}, ["has a default and is not optional"]),
    ("a default outside its bounds", {"tools.renew_loan.parameters.days.default": 99,
     "tools.renew_loan.parameters.days.optional": True}, ["parameter days: its default 99 is no value of its own"]),
    ("an enum of a number", {"tools.renew_loan.parameters.days.enum": ["7"]}, ["an enum lists the values of a text"]),
    ("items of what is no list", {"tools.renew_loan.parameters.days.items": {"type": "text", "describe": "One."}},
     ["is integer and has items; lists have them"]),
    ("creates in no table", {"tools.borrow_book.creates.new_loan": "lending"}, ["creates new_loan for lending, which is no table"]),
    ("an effect that depends on nothing", {"tools.return_book.effects.1.when": "late"},
     ["effect 2: depends on late, which is no let and no boolean parameter"]),
    ("acting for nobody", {"tools.renew_loan.principal": "book"}, ["tool renew_loan: acts for book, which is no principal"]),
    ("a storyline to nowhere", {"storylines": [{"goals": ["renew_loan", "authorize_member"], "says": "Renew, then."}]},
     ["storyline 1: authorize_member is no goal"]),
]  # fmt: skip

WORLD: list[tuple[str, Patch, list[str]]] = [
    ("a settle statement that is none", {"settle": [{"says": "Nothing.", "sql": "SELECT status FROM loan"}]},
     ["library.yaml: settle 1: is a SELECT; INSERT, UPDATE, DELETE or WITH is expected"]),
    ("an invented column of settle", {"settle": [{"says": "Lost.", "sql": "UPDATE loan SET lost = 1"}]},
     ["settle 1: no such column lost; loan has"]),
    ("an invented column of a population", {f"{LOAN}.population": {"query": "SELECT isbn AS book_id FROM book"}},
     ["table loan: population: no such column isbn"]),
    ("a population that fills nothing", {f"{LOAN}.population": {"query": "SELECT book_id AS isbn FROM book"}},
     ["table loan: population: fills isbn, which is no attribute"]),
    ("a population from a later table", {f"{LOAN}.population": {"query": "SELECT loan_id FROM fee"}},
     ["table loan: population: reads fee, which is not available yet"]),
    ("rows with an unknown column", {"entities.book.population": {"rows": [{"isbn": "1"}]}}, ["population: fills isbn"]),
    ("rows of an unknown table", {f"{LOAN}.population.each.of": "visit"}, ["visit is no table that comes before"]),
    ("a pick from another table", {f"{LOAN}.attributes.book_id.generate": {"pick": {"table": "member"}}},
     ["attribute book_id: picks from member and does not refer to it"]),
    ("an invented column of a pick", {f"{LOAN}.attributes.book_id.generate": {"pick": {"table": "book", "where": "free = 1"}}},
     ["attribute book_id: no such column free"]),
    ("a choice outside the states", {f"{STATUS}.generate": {"choice": ["open", "lost"]}},
     ["attribute status: chooses lost, which it cannot be (values are open, returned)"]),
    ("a weight below zero", {f"{STATUS}.generate": {"choice": {"open": 1, "returned": -1}}}, ["a weight below zero"]),
    ("a range upside down", {f"{LOAN}.attributes.renewals.generate": {"integer": [3, 1]}},
     ["attribute renewals: its range begins at 3 and ends before, at 1"]),
    ("a template of an unknown column", {"entities.book.attributes.title.generate": {"template": "{isbn} x"}},
     ["attribute title: its template quotes isbn, which is no other column"]),
    ("derived SQL of two values", {"entities.book.attributes.title.generate": {"sql": "shelf, price"}},
     ["attribute title: yields 2 values; one is expected"]),
    ("derived SQL that reads nothing known", {"entities.book.attributes.title.generate": {"sql": "upper(isbn)"}},
     ["attribute title: no such column isbn"]),
]  # fmt: skip


@pytest.mark.parametrize(("patch", "expected"), [pytest.param(p, e, id=name) for name, p, e in TABLES + TOOLS + WORLD])
def test_a_fault_is_named_with_its_place(patch: Patch, expected: list[str]) -> None:
    said = faults(patch)
    for words in expected:
        assert words in said


def test_the_library_itself_has_no_fault() -> None:
    assert sorted(library().tools) == [
        "authorize_member", "borrow_book", "find_books", "list_my_loans", "renew_loan", "return_book",
    ]  # fmt: skip


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    said = faults(
        {
            RULE: "SELECT COUNT(*) < 5 FROM lending",
            EFFECT: "UPDATE loan SET lost = 1",
            "tools.renew_loan.returns": GONE,
            "settle": [{"says": "Nothing.", "sql": "UPDATE loan SET lost = 1"}],
            "background": "A fee of {fee}.",
            "invariants.0.none": "SELECT due FROM fee",
        }
    )
    for place in ("rule on_the_shelf", "effect 1", "tool renew_loan", "settle 1", "background", "invariant fees"):
        assert place in said


def test_the_same_fault_of_a_shared_rule_is_told_for_every_tool_that_uses_it() -> None:
    said = faults({"rule_groups.own_loan.1.check": "SELECT holder = :me FROM loan"})
    assert "tool return_book: rule own_loan: no such column holder" in said
    assert "tool renew_loan: rule own_loan: no such column holder" in said
