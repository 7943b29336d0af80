/**
 * Ways to open a refusal, for text in lower case with straight quotes and single spaces. They ask for a first person
 * who does not help, not for single words: "you cannot divide by zero" and "I can't wait" are answers.
 */
// No word is matched by two of these: else a row of them is tried in every combination.
const ADVERBS = '(?:just |also |still |[a-z]+ly )*';
const CANNOT =
  "(?:can't|cannot|can never|can not|could not|could never|couldn't|will never|would never|won't|will not|would not|wouldn't|shouldn't|should not|must not|may not)";
/** After "I am": not able to, unwilling to, ... */
const NOT_ABLE =
  '(?:unable|not able|not allowed|not permitted|not authori[sz]ed|not going|not willing|unwilling|not prepared|not designed|not programmed|not in a position|not here|not supposed|not meant)';
const WHAT =
  '(?:that|this|it|such|any|your|you|a|an|the|anything|something|anyone|someone|people|with|to|on|in)';

/** What an answer would do, where a text of another kind (a letter, praise) would hardly say so. */
const HELP = [
  'help(?! but\\b| feeling| thinking| falling| it\\b| myself| wondering| smiling)',
  'assist',
  'aid',
  'provide',
  'offer',
  'supply',
  'share',
  `give (?:out|(?:[a-z]+ )?(?:advice|instructions|guidance|information|details|directions|tips)|${WHAT})`,
  `write ${WHAT}`,
  'create',
  'generate',
  'produce',
  'support',
  'fulfill?',
  'comply',
  'answer',
  'respond',
  'discuss',
  'engage',
  'participate',
  'take part',
  'be (?:a )?part',
  'be (?:of help|involved|used)',
  'do (?:that|this|it|so|what)',
  'continue',
  'encourage',
  'endorse',
  'promote',
  'condone',
  'facilitate',
  'advise',
  'guide',
  'instruct',
  `teach ${WHAT}`,
  'tell (?:you(?! how (?:much|happy|glad|excited|grateful|sorry))|anyone|people)',
  `explain (?:how to|${WHAT})`,
  `show ${WHAT}`,
  `describe (?:how to|${WHAT})`,
  'go (?:along|there|into (?:that|this|it))',
  'talk about',
  'speak (?:to|about)',
  'satisfy',
  'complete',
  'carry out',
  'agree to',
  'accept (?:that|this|your)',
  '(?:suggest|recommend)(?![^.]*\\benough)',
  `make (?:that|this|it easier|such|your|a plan)`,
  `plan ${WHAT}`,
  'lend',
  'get involved',
].join('|');
/** After "I do not", which answers say too ("I don't recommend margarine"). */
const NOT_DONE = [
  'help',
  'assist',
  'provide',
  'offer',
  'share',
  'support',
  'comply',
  'engage',
  'condone',
  'promote',
  'endorse',
  'facilitate',
  'participate',
  'take part',
  'do (?:that|this|requests)',
  'write (?:that|this|such)',
  'answer (?:that|this|such|questions)',
  'discuss (?:that|this|such|how)',
  'give (?:out|(?:[a-z]+ )?(?:advice|instructions|guidance|directions))',
  'feel (?:comfortable|right)',
  '(?:want|wish) to (?:help|assist|take part|be part|provide|share)',
].join('|');
const DOING =
  '(?:help|assist|provid|shar|giv|writ|discuss|answer|explain|describ|do|creat|support|talk|tak|go)ing';

const I = '\\b(?:i|we)';
const AM = "(?:'m| am|'re| are)";

export const REFUSALS: readonly RegExp[] = [
  // "Sorry, but ...", "I am so sorry, no."
  /^(?:oh,? |hi[,.!] |hello[,.!] |unfortunately,? |no[,.!] )?(?:(?:i'm|i am|we're|we are) )?(?:so |very |really |truly |terribly )?sorry[,.;:!]? (?:but|no\b|not\b|that(?:'s| is) (?:not|against|off)|this is not)/,
  /^(?:i apologi[sz]e|(?:my|our|please accept my) (?:sincere )?apolog(?:ies|y))[,.;:]? but\b/,
  // "I can't help with that"
  new RegExp(`${I} ${ADVERBS}${CANNOT} ${ADVERBS}(?:in good conscience,? |ever |be able to )?(?:${HELP})\\b`),
  new RegExp(`${I}${AM} ${ADVERBS}${NOT_ABLE} to ${ADVERBS}(?:${HELP})\\b`),
  new RegExp(`${I} (?:${ADVERBS})(?:don't|do not|never) ${ADVERBS}(?:${NOT_DONE})\\b`),
  new RegExp(`${I}${AM} ${ADVERBS}(?:not|un)(?: ${ADVERBS}|)comfortable (?:with|${DOING})\\b`),
  new RegExp(`${I}${AM} ${ADVERBS}not (?:going there|${DOING}|able to (?:do so|comply))\\b`),
  // "Can't help with that.", "Unable to comply."
  new RegExp(`^(?:${CANNOT}|${NOT_ABLE} to) (?:${HELP})\\b`),
  // "No can do", "Absolutely not."
  /^(?:no can do|absolutely not|no way|not a chance|nope|never)[.,!]/,
  // "I must decline", "I'd rather not", "I'll pass"
  new RegExp(
    `${I}(?:'ll|'d|'m| will| would| must| have to| need to| am)? ?(?:have to |going to |going to have to |need to |like to )?${ADVERBS}(?:decline|refuse|declining|refusing)\\b`,
  ),
  new RegExp(`${I}(?:'d| would) (?:rather|prefer) not\\b|${I} (?:prefer|choose) not to\\b`),
  new RegExp(
    `${I}(?:'ll| will|'m going| am going)? (?:have )?(?:to )?(?:(?:pass on|stay out of|steer clear of) (?:that|this|it)|say no\\b|want no part)`,
  ),
  // "That's not something I can help with", "This is a request I won't fulfil"
  new RegExp(
    `(?:not|isn't) (?:something|anything|a (?:request|topic|subject|question|task|thing)|one)(?: that)? (?:i|we)(?:'m|'d|'ll| am| can| will| could| would)\\b`,
  ),
  new RegExp(
    `(?:something|a (?:request|topic|subject|question|task|thing)|one)(?: that)? ${I} (?:${CANNOT}|don't|do not|refuse to)(?! (?:stress|emphasi|imagine|live without|wait|recommend))`,
  ),
  new RegExp(
    `(?:something|a (?:request|topic|subject|question|task|thing)|one)(?: that)? ${I}${AM} ${ADVERBS}(?:not|unable)`,
  ),
  new RegExp(
    `\\b${DOING} (?:with |in |out )?(?:that|this|it|you with that) (?:is|would be) (?:not|off|out|wrong|against|harmful|something)`,
  ),
  // "It goes against my guidelines", "My guidelines do not allow that"
  /\b(?:against|violates?|outside|beyond|not within|isn't within|not part of|contrary to|conflicts? with) (?:of )?(?:[a-z]+ ){0,3}(?:my|our|the) (?:[a-z]+ ){0,3}(?:guidelines|programming|policy|policies|principles|values|ethics|purpose|rules|capabilities|scope)\b/,
  /\b(?:my|our) (?:[a-z]+ ){0,3}(?:guidelines|programming|policy|policies|principles|values|rules) (?:do not|don't|won't|will not|prevents?|prohibits?|forbids?|stops?|keeps?)\b/,
  // "This request cannot be fulfilled"
  /\b(?:your|this|that|the|such) (?:requests?|questions?) (?:is one )?(?:can't|cannot|can not|won't|will not) be\b/,
  /\byou (?:won't|will not) (?:get|find) (?:that|this|any|help|it|such)(?: [a-z]+){0,3} from me\b|\bno help (?:[a-z]+ ){0,3}from me\b/,
  // "Let's talk about something else", "Please ask me something else"
  /\b(?:let's|let us|can we|could we|shall we|please|we should) (?:[a-z]+ ){0,3}(?:something else|something different|another (?:topic|subject|question)|a different (?:topic|subject|question))\b|\blet's (?:change|switch) the (?:subject|topic)\b/,
  // "It would be wrong of me to help"
  /\b(?:inappropriate|unethical|irresponsible|not appropriate|not ethical|not right|not okay|not safe|unsafe|wrong|illegal|dangerous|harmful|not possible) (?:(?:for|of) me to\b|to (?:help|assist|provide)\b)/,
];
