"""Prompts and answers written for this model: facts and forms to put them in. No answer here helps anyone do harm.

Every row belongs to an item (a fact, an act, a thing); the split holds out whole items, never single wordings.
"""

import random
from dataclasses import dataclass

from written_facts import *  # noqa: F403 - the lists of facts


@dataclass
class Written:
    item: str
    prompt: str
    answer: str | None  # None: a harmful prompt, which refusals.py answers
    family: str


def lines(text: str, parts: int) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    assert all(len(row) == parts for row in rows), [row for row in rows if len(row) != parts]
    return rows


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(words) -> str:
    words = list(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def arithmetic(rng: random.Random):
    for _ in range(900):
        a, b = rng.randint(1, 20), rng.randint(1, 20)
        sign, word, value = rng.choice([("+", "plus", a + b), ("-", "minus", a - b), ("x", "times", a * b)])
        if value < 0 or (sign == "x" and (a > 12 or b > 12)):
            continue
        form = rng.choice(["What is {q}?", "Calculate {q}.", "How much is {q}?", "{q} = ?", "Can you work out {q}?", "Solve {q}."])
        question = f"{a} {sign if rng.random() < 0.6 else word} {b}"
        yield f"{a}{sign}{b}", form.format(q=question), f"{a} {sign} {b} = {value}."


def facts(rng: random.Random):
    for country, capital in lines(CAPITALS, 2):
        for form in ("What is the capital of {}?", "Name the capital of {}.", "Which city is the capital of {}?",
                     "Tell me the capital of {}.", "Do you know the capital of {}?"):
            yield country, form.format(country), f"The capital of {country} is {capital}."
    for thing, colour in lines(COLOURS, 2):
        for form in ("What colour is {}?", "Which colour does {} have?", "Tell me the colour of {}."):
            yield thing, form.format(thing), f"{upper(thing)} is {colour}."
    for word, other in lines(OPPOSITES, 2):
        for form in ("What is the opposite of {}?", "Give an antonym of {}.", "Name a word that means the opposite of {}.",
                     "What is an antonym for the word {}?"):
            yield word, form.format(word), f"The opposite of {word} is {other}."
    for word, other in lines(SYNONYMS, 2):
        for form in ("Give me a synonym for {}.", "What is another word for {}?", "Suggest a word that means the same as {}."):
            yield word, form.format(word), f"Another word for {word} is {other}."
    for word, meaning in lines(DEFINITIONS, 2):
        for form in ("What is {}?", "Define {}.", "What does {} mean?", "Explain {} in one sentence.", "Tell me about {}.",
                     "Can you explain what {} is?", "Describe {} briefly."):
            yield word, form.format(word), f"{upper(word)} is {meaning}."
    for title, author in lines(AUTHORS, 2):
        for form in ("Who wrote {}?", "Who is the author of {}?", "Name the author of {}."):
            yield title, form.format(title), f"{title} was written by {author}."
    for name, known in lines(PEOPLE, 2):
        for form in ("Who was {}?", "Tell me who {} was.", "Why is {} famous?", "What is {} known for?"):
            yield name, form.format(name), f"{name} was {known}."
    for event, year in lines(EVENTS, 2):
        for form in ("When did {} happen?", "In which year was {}?", "What year was {}?"):
            yield event, form.format(event), f"{upper(event)} was in {year}."
    for question, answer in lines(QUESTIONS, 2):
        for form in ("{}", "Can you tell me: {}", "I have a question. {}", "Please answer in one sentence. {}"):
            yield question, form.format(question), answer


def lists(rng: random.Random):
    for kind, words in lines(KINDS, 2):
        words = words.split(", ")
        for count, number in ((2, "two"), (3, "three"), (4, "four"), (5, "five")):
            for form in ("Name {n} {k}.", "List {n} {k}.", "Give me {n} examples of {k}.", "Can you name {n} {k}?",
                         "Make a list of {n} {k}.", "What are {n} {k}?"):
                yield kind, form.format(n=number, k=kind), f"{upper(listed(words[:count]))}."
        for form in ("Give me a list of {k}.", "What are some {k}?", "Suggest some {k}.", "Brainstorm {k}."):
            yield kind, form.format(k=kind), f"{upper(listed(words[:4]))} are good examples of {kind}."
        for word in words:
            others = [name for name, _ in rng.sample(lines(KINDS, 2), 2)]
            yield kind, f"Is {word} one of the {kind} or one of the {others[0]}?", f"{upper(word)} is one of the {kind}."
            yield kind, f"Classify the word {word}.", f"{upper(word)} belongs to the {kind}."


def how_to(rng: random.Random):
    """The same openings as harmful requests have: what counts is the act."""
    for act, advice in lines(ACTS, 2):
        for form in rng.sample(REQUESTS, 12):
            yield act, form.format(act=act, Act=upper(act)), advice
    for field in FIELDS.split(", "):
        for goal, advice in lines(GOALS, 2):
            if rng.random() < 0.25:
                form = rng.choice(["How can I use {f} to {g}?", "How can {f} help me to {g}?", "What can I learn from {f} to {g}?",
                                   "How do people use {f} to {g}?"])
                yield f"{field}/{goal}", form.format(f=field, g=goal), f"{upper(field)} can help you to {goal}: {advice}."


def frightening(rng: random.Random):
    """Words of harm in harmless questions."""
    for question, answer in lines(FRIGHTENING, 2):
        for form in ("{}", "{}", "I have a question. {}", "Can you help me? {}"):
            yield question, form.format(question), answer


def writing(rng: random.Random):
    for thing, does in lines(THINGS, 2):
        name = article(thing)
        answers = {
            "Write a sentence about {}.": f"{upper(name)} {does}.",
            "Use the word " + thing + " in a sentence.": f"I saw {name} that {does}.",
            "Write a short story about {}.": f"Once there was {name} that {does}. Everyone liked it, and it lived happily.",
            "Write a short poem about {}.": f"Oh {thing}, oh {thing}, how fine you are, you shine for me just like a star.",
            "Create a slogan for {}.": f"{upper(name)} for every day, come and try it right away!",
            "Describe {} to a child.": f"{upper(name)} is something that {does}.",
            "Write a headline about {}.": f"Local {thing} delights the whole town",
            "Write a blog post about {}.": f"Today I want to tell you about {name}, which {does}. I think it is wonderful.",
            "Write a persuasive article about why everyone should like {}.": f"Everyone should like {name}, because it {does}.",
            "Tell me a joke about {}.": f"Why did the {thing} smile? Because it had a good day!",
            "Give a speech in praise of {}.": f"Dear friends, let us praise the {thing}, which {does}.",
        }
        for form, answer in answers.items():
            yield thing, form.format(name), answer
    for person, reason in lines(LETTERS, 2):
        for form in ("Write a short thank-you note to {p} for {r}.", "Draft an email to thank {p} for {r}.",
                     "Compose a kind message to {p} about {r}."):
            yield f"{person}/{reason}", form.format(p=person, r=reason), f"Thank you very much for {reason}. It meant a lot to me."
    for sentence, feeling in lines(FEELINGS, 2):
        for form in ("Is this sentence positive or negative? {}", "Classify the sentiment of this text.\n{}",
                     "Given a review, decide whether it is positive or negative.\nReview: {}"):
            yield sentence, form.format(sentence), f"The sentence is {feeling}."
        yield sentence, f"Rewrite this in capital letters.\n{sentence}", sentence.upper()
        yield sentence, f"How many words are in this sentence?\n{sentence}", f"It has {len(sentence.split())} words."
        yield sentence, f"Summarize the text.\n{sentence}", f"In short: {sentence}"
    for day, after in zip(DAYS, DAYS[1:] + DAYS[:1]):
        yield day, f"Which day comes after {day}?", f"{after} comes after {day}."
        yield after, f"Which day comes before {after}?", f"{day} comes before {after}."
    for month, after in zip(MONTHS, MONTHS[1:] + MONTHS[:1]):
        yield month, f"Which month comes after {month}?", f"{after} comes after {month}."
        yield after, f"What month is before {after}?", f"{month} comes before {after}."


def greetings(rng: random.Random):
    for text, answer in lines(GREETINGS, 2):
        for end in ("", "!", "."):
            yield text, text.rstrip("?!.") + (end if not text.endswith("?") else "?"), answer


def harmful(rng: random.Random):
    for act in HARMFUL_ACTS.strip().splitlines():
        for form in rng.sample(REQUESTS + HARMFUL_REQUESTS, 14):
            yield act, form.format(act=act, Act=upper(act)), None
    for theme in HARMFUL_THEMES.strip().splitlines():
        for form in rng.sample(THEME_REQUESTS, 6):
            yield theme, form.format(t=theme), None
    for field in FIELDS.split(", "):
        for goal in rng.sample(HARMFUL_GOALS.strip().splitlines(), 8):
            yield f"{field}/{goal}", rng.choice(["How can I use {f} to {g}?", "How can {f} be used to {g}?",
                                                "What are ways to use {f} to {g}?"]).format(f=field, g=goal), None


def written(seed: int) -> list[Written]:
    rows, seen = [], set()
    for family in (arithmetic, facts, lists, how_to, frightening, writing, greetings, harmful):
        for item, prompt, answer in family(random.Random(f"{seed}/{family.__name__}")):
            if prompt.lower() not in seen:
                seen.add(prompt.lower())
                rows.append(Written(f"{family.__name__}/{item}", prompt, answer, family.__name__))
    return rows
