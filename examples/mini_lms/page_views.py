"""The pages of the LMS: who you are, your courses, a course, and a piece of it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from examples.mini_lms.course import PIECES, Activity, Course, Kind, Place
from examples.mini_lms.lms import sign_in, signed_in, this_lms
from examples.mini_lms.people import EVERYBODY, find_person

views = Blueprint("pages", __name__)

OPEN_TO_ALL = frozenset({"pages.front", "pages.login", "pages.choose", "pages.logout"})


@views.before_request
def ask_who() -> ResponseReturnValue | None:
    """Send somebody who is not signed in to the choice, and afterwards to where they went."""
    if request.endpoint in OPEN_TO_ALL or signed_in():
        return None
    return redirect(choose_path(request.full_path.removesuffix("?")))


def choose_path(wanted: str) -> str:
    """The address of the choice that continues to `wanted`."""
    return f"/login/index.php?{urlencode({'next': wanted})}"


@views.get("/")
def front() -> ResponseReturnValue:
    """The front page: choose who you are."""
    return render_template("choose.html", people=EVERYBODY, wanted="/my/")


@views.get("/login/index.php")
def login() -> ResponseReturnValue:
    """The same choice on the way to a page."""
    return render_template("choose.html", people=EVERYBODY, wanted=_local(request.args.get("next")))


@views.post("/login/index.php")
def choose() -> ResponseReturnValue:
    """Sign in as the person chosen."""
    person = find_person(request.form.get("person", type=int))
    if person is None:
        abort(400, "Choose one of the people on the first page.")
    sign_in(person)
    return redirect(_local(request.form.get("next")), 303)


@views.post("/login/logout.php")
def logout() -> ResponseReturnValue:
    """Sign out."""
    session.clear()
    return redirect(url_for("pages.front"), 303)


@views.get("/my/")
def my_courses() -> ResponseReturnValue:
    """My courses: everybody is in all of them."""
    return render_template("courses.html", courses=this_lms().campus.courses)


@views.get("/course/view.php")
def course() -> ResponseReturnValue:
    """A course with its sections and activities."""
    return render_template("course.html", course=find_course("id"), pieces=PIECES)


@views.get("/mod/page/view.php")
def page() -> ResponseReturnValue:
    """A page."""
    return render_template("piece.html", **standing(find_place(Kind.PAGE)))


@views.get("/mod/url/view.php")
def link() -> ResponseReturnValue:
    """The page that leads to something outside the site."""
    return render_template("piece.html", **standing(find_place(Kind.URL)))


@views.get("/mod/book/view.php")
def book() -> ResponseReturnValue:
    """One chapter of a book; the first unless `chapterid` says which."""
    place = find_place(Kind.BOOK)
    chapters = place.activity.chapters
    wanted = request.args.get("chapterid", chapters[0].id, type=int)
    chapter = next((each for each in chapters if each.id == wanted), None)
    if chapter is None:
        abort(404, "This book has no such chapter.")
    number = chapters.index(chapter)
    return render_template("book.html", chapter=chapter, chapters=chapters,
                           following=chapters[number + 1:number + 2], **standing(place))


@views.route("/mod/quiz/view.php", methods=["GET", "POST"])
def quiz() -> ResponseReturnValue:
    """A quiz; a post shows what each answer was worth, and keeps nothing."""
    place = find_place(Kind.QUIZ)
    answers = {number: request.form.get(f"q{number}", type=int)
               for number in range(len(place.activity.questions))}
    return render_template("quiz.html", answers=answers, checked=request.method == "POST",
                           **standing(place))


def find_course(name: str) -> Course:
    """The course whose number the parameter `name` gives; a 404 page when there is none."""
    found = this_lms().campus.find_course(request.args.get(name, -1, type=int))
    if found is None:
        abort(404, "There is no course with this number. My courses lists those there are.")
    return found


def require_teacher() -> None:
    """A 403 page for somebody who does not teach."""
    person = signed_in()
    if person is None or not person.teaches:
        abort(403, "Only the teachers of this course may do this.")


def find_place(kind: Kind) -> Place:
    """Where the activity of the request stands; a 404 page when there is none of this kind."""
    place = this_lms().campus.find_place(request.args.get("id", -1, type=int))
    if place is None or place.activity.kind is not kind:
        abort(404, "There is no such activity here. It may have been moved or deleted.")
    return place


def standing(place: Place) -> dict[str, object]:
    """What a page about one piece shows: its place, its position and its neighbours."""
    pieces = place.course.pieces()
    index = pieces.index(place.activity)
    return {
        "course": place.course,
        "section": place.section,
        "activity": place.activity,
        "position": index + 1,
        "siblings": len(pieces),
        "before": _neighbour(place.course, index - 1),
        "after": _neighbour(place.course, index + 1),
    }


def _neighbour(course: Course, index: int) -> Activity | None:
    pieces = course.pieces()
    return pieces[index] if 0 <= index < len(pieces) else None


def _local(wanted: str | None) -> str:
    """`wanted` when it is a path of this site, else my courses: nobody is sent elsewhere."""
    # A browser reads //host and /\host as another host's address, and drops tabs and newlines.
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return "/my/"
    return wanted if wanted.isprintable() else "/my/"
