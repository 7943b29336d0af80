"""Refusals: a wording that follows from how a prompt opens, and a matter that follows from the words in it."""

import re

# The first whose pattern is found names what is refused; more special matters stand before general ones.
MATTERS = [
    (r"suicid|kill(ing)? myself|self[- ]?harm|cut(ting)? myself|end my life|hang myself|hurt myself|anorexi|"
     r"eating disorder|starv|overdos|thinspo|purging", "self-harm", "you can talk to someone you trust or to a crisis line"),
    (r"child (porn|abuse|sex)|minor(s)?\b|underage|pedophil|groom|\bkids?\b|child|school ?girl|teen", "harming children", None),
    (r"ransomware|malware|virus|trojan|worm\b|keylogger|rootkit|spyware|botnet|backdoor", "malicious software", None),
    (r"phish|scam|ponzi|pyramid scheme|fraud|counterfeit|forge|fake (id|invoice|charit|review|cheque|check|presc)|"
     r"impersonat|identity theft|deceiv|trick (people|someone|elder)", "fraud and scams", None),
    (r"hack|exploit|password|ddos|sql injection|breach|brute|intrusion|unauthori|bypass|firewall|crack(ing)? ", "breaking into computers", None),
    (r"bomb|explosiv|grenade|detonat|molotov|ied\b|landmine|arson|set fire", "bombs and arson", None),
    (r"nerve|sarin|chemical weapon|mustard gas|ricin|anthrax|pathogen|toxin|biological|mercury|chlorine|cyanide|"
     r"botulin|poison|vx\b|smallpox|plague|bioweapon|nuclear|radioactive|uranium", "poisons and dangerous agents", None),
    (r"\bguns?\b|firearm|rifle|weapon|ammunition|silencer|knife|knives|3d.print", "illegal weapons", None),
    (r"cocaine|meth|heroin|fentanyl|mdma|ecstasy|marijuana|cannabis|opioid|steroid|narcotic|\blsd\b|\bghb\b|drug|"
     r"prescription", "illegal drugs", None),
    (r"terror|extremis|insurgen|radicali|\bisis\b|jihad|massacre|mass shoot|genocide|holocaust|ethnic cleansing|"
     r"neo-?nazi|nazi|supremac", "terror and extremism", None),
    (r"traffick|slave|smuggl|prostitut|brothel|organ harvest|kidnap|hostage", "trafficking people or goods", None),
    (r"rape|sexual|sex\b|porn|erotic|nude|explicit|fetish|genital|incest|lewd|intima|orgasm|dirty|strip", "explicit sexual content", None),
    (r"kill|murder|assassin|behead|strangle|stab|shoot|poaching|slaughter|death threat", "killing", None),
    (r"tortur|assault|beat (up|my|some)|violen|attack|fight|injur|hurt|harm someone|physical", "violence", None),
    (r"racis|racial|black people|ethnic|immigrant|xenophob|antisemit|jew|muslim|islam|mexican|asian|african|chinese|"
     r"indian|indigenous|stereotyp|minorit", "racism and prejudice", None),
    (r"sexis|women|woman|misogyn|gender|female|feminis|girls", "demeaning women", None),
    (r"gay|lesbian|homosex|transgender|trans\b|lgbt|homophob|queer", "hatred of gay or trans people", None),
    (r"disab|autis|body.sham|overweight|fat\b|elderly|old people|religio|hate|bigot|slur|insult|discriminat|offensive",
     "hateful or degrading speech", None),
    (r"bully|harass|stalk|intimidat|blackmail|extort|threat|revenge|humiliat|gaslight|manipulat|coerc|brainwash",
     "harassment and manipulation", None),
    (r"misinform|disinform|fake news|propaganda|conspiracy|hoax|false (claim|info|rumou?r)|deny|denial|myth|flat earth|"
     r"vaccin|climate|persuasive article|fictional|defam", "misinformation", None),
    (r"elect|vote|voter|ballot|campaign|politic|candidate|senator|president|government|democra|lobby|protest|regime",
     "political manipulation", None),
    (r"steal|stolen|theft|thief|shoplift|rob\b|robbery|burglar|break into|loot|lockpick|pick.?pocket|carjack", "theft and burglary", None),
    (r"launder|tax|embezzl|insider|bribe|evade|offshore|corrupt|money|bank|credit card|\$|financ|invest|stock|loan|"
     r"portfolio|fund|retire|savings|mortgage|crypto|debt|account|bet\b|gambl", "money schemes or financial decisions", None),
    (r"surveil|spy|track|personal (info|data)|private|privacy|address|phone number|social security|ssn|medical record|"
     r"location|fingerprint|facial|biometric|voice|date of birth|marital|email|salary|employment|conversation|secret|"
     r"confidential|dox", "private information about people", None),
    (r"lawyer|legal|sue\b|court|lawsuit|convict|police|arrest|law\b|visa|divorce|custody|crime|criminal|illegal",
     "legal trouble or crimes", None),
    (r"diagnos|symptom|medication|disease|doctor|cancer|treatment|pain|dosage|cure|therapy|depress|anxi|lonely|feel|"
     r"stress|panic|sad\b|health|medic|patient", "questions for a doctor or therapist", None),
    (r"animal|dog|cat\b|pets?\b|wildlife|species|endangered|ivory|hunt|cruel", "cruelty to animals", None),
    (r"cheat|plagiar|exam|essay|academic|student|school|teacher|educat|curricul|class", "dishonesty in education", None),
    (r"pollut|environment|waste|deforest|resource|land\b|geograph|ecolog|water", "damage to the environment", None),
    (r"experiment|scien|research|data\b|statistic|mathemat|logic|algorithm|artificial|technology|robot|engineer|physics|"
     r"biolog|chemi|genetic|astronom", "misuse of science and technology", None),
    (r"worker|employee|business|compan|market|consumer|customer|econom|monopol|competit|compet|product|trade|price|"
     r"advert|manage", "unfair business practices", None),
    (r"history|cultur|art\b|literature|language|heritage|music|religion|philosoph|ethic|moral|story|book|writ|poet",
     "twisting history, culture or ideas", None),
    (r"you\b|your\b|ai\b|machine|human|world|society|people", "matters that could hurt people", None),
]
GENERAL = "something that could cause harm"

# (opening of the prompt, refusal of {matter}); the first that matches is taken.
WORDINGS = [
    (r"how do i\b|how do you\b|how do we\b|how do\b", "I can't help with {matter}."),
    (r"how can i\b", "I'm sorry, but I can't assist with {matter}."),
    (r"how can (we|you)\b|how can\b", "I won't explain that, because it concerns {matter}."),
    (r"how to\b", "Sorry, but I will not give instructions about {matter}."),
    (r"how\b", "I'm not able to answer that, since it involves {matter}."),
    (r"what('s| is| are) the (best|most|easiest|fastest)\b", "I can't give advice on {matter}."),
    (r"what('s| is| are)\b", "I cannot provide information on {matter}."),
    (r"what\b", "I'm sorry, but I won't discuss {matter}."),
    (r"which\b|who\b|whose\b|whom\b", "I can't answer that question, as it touches on {matter}."),
    (r"where\b|when\b", "Sorry, but I can't tell you that. It would support {matter}."),
    (r"why\b", "I cannot agree to that, and I won't promote {matter}."),
    (r"(write|draft|compose) (a|an) (persuasive|convincing|compelling|article|blog|speech|essay|story|letter|email)\b",
     "I won't write this. It would spread {matter}."),
    (r"write\b|draft\b|compose\b", "I can't write that, since it would encourage {matter}."),
    (r"create\b|generate\b|make\b|design\b|build\b", "I cannot create this, because it would promote {matter}."),
    (r"develop\b|devise\b|come up\b|formulate\b|plan\b|produce\b", "I must decline to develop anything that serves {matter}."),
    (r"give\b|list\b|name\b|provide\b|show\b|share\b", "I won't provide that. I don't support {matter}."),
    (r"describe\b|explain\b|detail\b|outline\b|discuss\b", "I'm sorry, but I cannot describe that, as it is about {matter}."),
    (r"teach\b|instruct\b|guide\b|train\b", "I will not teach anyone about {matter}."),
    (r"tell\b|talk\b|say\b", "I'd rather not talk about {matter}."),
    (r"can you\b|could you\b|would you\b|will you\b|do you\b|are you\b|have you\b", "No, I can't do that. It is about {matter}."),
    (r"can\b|could\b|should\b|would\b|is\b|are\b|do\b|does\b|did\b|was\b|were\b",
     "I'm not able to advise on {matter}."),
    (r"i\b|i'm\b|i've\b|my\b|we\b|our\b|if\b|in\b", "I'm sorry, but I'm not able to help with {matter}."),
    (r"convince\b|persuade\b|argue\b|encourage\b|pretend\b|act\b|imagine\b",
     "I refuse to argue for {matter}."),
    (r"", "I apologize, but I can't help with {matter}."),
]


def matter(prompt: str) -> tuple[str, str | None]:
    field = re.search(r"\b(?:use|using|exploit|apply) ([a-z]+(?: (?:studies|history|science|theory|economics|analysis|"
                      r"geography|sciences|literature|philosophy|mathematics|psychology|development|ethics))?) to\b", prompt.lower())
    if field and field.group(1) not in ("it", "them", "this", "that"):
        return f"the misuse of {field.group(1)}", None
    for pattern, name, more in MATTERS:
        if re.search(rf"\b(?:{pattern})", prompt.lower()):
            return name, more
    return GENERAL, None


def refusal(prompt: str) -> str:
    text = prompt.lower().lstrip(" \"'")
    wording = next(wording for opening, wording in WORDINGS if re.match(opening, text))
    name, more = matter(prompt)
    answer = wording.format(matter=name)
    return f"{answer[:-1]}, but {more}." if more and ". " not in answer else answer
