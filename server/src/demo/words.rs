//! Words of the demonstration. Every person, school and place is invented: family names and communities
//! are trees, fruit and shrubs, so that nobody takes them for somebody real.

/// Given names of boys.
pub const BOYS: [&str; 30] = [
    "Tajay",
    "Odane",
    "Kemar",
    "Rojay",
    "Jahiem",
    "Akeem",
    "Romario",
    "Oshane",
    "Javaughn",
    "Shaquille",
    "Dwayne",
    "Andre",
    "Tyrese",
    "Rushane",
    "Kimani",
    "Jevon",
    "Devaun",
    "Nickoy",
    "Damion",
    "Ricardo",
    "Shemar",
    "Khalil",
    "Zidane",
    "Okeno",
    "Raheem",
    "Leonardo",
    "Demar",
    "Sanjay",
    "Tevin",
    "Orlando",
];

/// Given names of girls.
pub const GIRLS: [&str; 30] = [
    "Shanique",
    "Tashawna",
    "Shantel",
    "Kadian",
    "Trishauna",
    "Danielle",
    "Abigail",
    "Rihanna",
    "Aaliyah",
    "Brianna",
    "Chantelle",
    "Gabrielle",
    "Kerry-Ann",
    "Monique",
    "Nickeisha",
    "Oneika",
    "Peta-Gaye",
    "Renae",
    "Sashoy",
    "Tianna",
    "Yanique",
    "Zoë",
    "Ashanti",
    "Camille",
    "Denique",
    "Jodian",
    "Latoya",
    "Melissa",
    "Shaneka",
    "Tamara",
];

/// Family names that nobody has.
pub const FAMILIES: [&str; 48] = [
    "Naseberry",
    "Logwood",
    "Starapple",
    "Breadnut",
    "Guango",
    "Pimento",
    "Soursop",
    "Calabash",
    "Mahoe",
    "Ackeewood",
    "Bamboowalk",
    "Candlewood",
    "Cedarlane",
    "Coolshade",
    "Dogwood",
    "Fernbrook",
    "Ginepfield",
    "Guineahen",
    "Hogplum",
    "Ironweed",
    "Jackfruit",
    "Junecherry",
    "Locustwood",
    "Mangrove",
    "Milkwood",
    "Mountainpride",
    "Ortanique",
    "Otaheite",
    "Palmetto",
    "Pawpaw",
    "Poinciana",
    "Rosewood",
    "Sapodilla",
    "Scotchbonnet",
    "Seagrape",
    "Silkcotton",
    "Sorrelfield",
    "Sweetsop",
    "Tamarind",
    "Thatchpalm",
    "Trumpet-Tree",
    "Uglifruit",
    "Velvetbean",
    "Whitewood",
    "Wildcane",
    "Yamhill",
    "Yacca",
    "Yellowpoui",
];

/// What friends say.
pub const NICKNAMES: [&str; 20] = [
    "Bigga", "Fyah", "Smiley", "Prento", "Shorty", "Slim", "Tallis", "Chucky", "Biggs", "Teach", "Sparky", "Dimples",
    "Curly", "Bolt", "Ranger", "Stamma", "Jinx", "Pepper", "Toppa", "Juney",
];

/// Communities that are on no map.
pub const COMMUNITIES: [&str; 16] = [
    "Breadfruit Hill",
    "Starapple Lane",
    "Logwood Yard",
    "Calabash Pen",
    "Soursop Corner",
    "Pimento Terrace",
    "Tamarind Gully",
    "Guinep Square",
    "Poinciana Close",
    "Sea Grape Bottom",
    "Sorrel Piece",
    "Mahoe Ridge",
    "Ackee Grove",
    "Silk Cotton Gap",
    "Sweetsop Path",
    "Yam Bank",
];

/// How homes are found.
pub const DIRECTIONS: [&str; 10] = [
    "Second yard past the cookshop, blue gate",
    "Behind the church hall, up the steps",
    "Green board house by the standpipe",
    "Upstairs over the barber shop",
    "End of the lane, zinc fence with a painted fish",
    "Opposite the playing field, left gate",
    "Third house after the bridge, ask at the shop",
    "Back of the yard with the big mango tree",
    "White house with the water tank, by the corner",
    "Below the primary school, second turning",
];

/// Why somebody is referred.
pub const REASONS: [&str; 12] = [
    "{he} has been in three fights since the beginning of term, twice with older students from another school. {His} grades have fallen and {he} says {he} does not feel safe on the way home.",
    "Often absent on Mondays and Fridays. When {he} comes {he} sleeps in class. The form teacher hears from classmates that {he} spends the evenings with a group on the corner.",
    "{name} lost an older brother in the spring and has not been the same. Outbursts in class, a chair was thrown in October. {His} grandmother asks for help.",
    "Found with a sharpened ruler in the bag after a search at the gate. Says it is for protection. Quiet, polite, no earlier incidents.",
    "Walked in with {his} aunt after the community meeting. Out of school since last year, wants to learn a trade, has had trouble with a group near the square.",
    "Two suspensions this year for disrespect and for leaving the compound. Responds well when spoken to alone. There is no man in the home whom {he} looks up to, the mother says.",
    "Teachers report threats against a classmate over a telephone. The parents of both met at the school, but the quarrel goes on outside.",
    "Referred after a mediation between two families in the community. {name} was present when shots were fired and does not sleep well since.",
    "Reads far below the grade and covers it with jokes and defiance. Sent out of class nearly every day. Behaves well in the football team.",
    "Seen with money that {he} cannot explain, and runs errands for older men after school. The mother works nights and asked the dean for advice.",
    "Bullied in first form, now said to bully others. Broke a window last week. Cried in the office afterwards and asked to talk to somebody.",
    "Back from a correctional centre in August and settling at {his} grandmother's home. Needs school placement and somebody steady.",
];

/// What was tried, besides what the list offers.
pub const TRIED_NOTES: [&str; 5] = [
    "Two sessions with the guidance counsellor; the parent came once.",
    "A behaviour contract was signed in September and kept for three weeks.",
    "Moved to another class, which helped for a while.",
    "Mentoring by the physical education teacher.",
    "",
];

/// What happened at a home visit.
pub const HOME: [&str; 12] = [
    "Met {name} and {guardian} on the verandah. Talked about the week at school and about the quarrel with the neighbours' boys. {name} listened and gave {his} own account. Agreed that {he} comes home by the main road.",
    "{guardian} was washing when I came; {name} was inside with homework, which is new. We went over the goals that we set last time. Two of three kept.",
    "Long talk with {guardian} alone. Money is short since the job at the hotel ended, and {he} has been sent to sell on the road on some days. I explained what help there is and will ask.",
    "{name} had not been home since Saturday; {guardian} was worried. {He} came while I was there. Slept at a cousin's house after a quarrel over the telephone. The two made up while I listened.",
    "Quiet visit. The room is tidy, the school uniform was ironed. {name} showed the certificate from the swimming class. {guardian} says the evenings are calmer.",
    "Talked on the step because the little ones were asleep. {name} says two older men called {him} to the car again and {he} walked on. We practised what to say next time.",
    "{guardian} asked whether the programme can speak with the school about the fees for the examination. {name} wants to sit mathematics and English.",
    "Short visit in the rain. {name} was cheerful. The cut on the hand is healing; it was from the fence and not from a fight, {guardian} confirms.",
    "Family meal on Sunday was {name}'s idea, {guardian} told me. First time since the funeral that they sat together. We wrote down what made it work.",
    "{name} would not speak today and stayed in the room. {guardian} and I talked about signs of grief and about the counsellor at the clinic. I left a note for {him}.",
    "We looked at the bus times together, because {he} is late on most days. {guardian} will wake {him} at half past five. We try it for two weeks.",
    "There was shouting in the lane when I came, nothing to do with the family. We stayed inside and used the time to fill in the form for the skills training.",
];

/// What happened at a school visit.
pub const SCHOOL: [&str; 8] = [
    "Spoke with the form teacher and the dean. Attendance is better: two days missed this month against seven last month. {name} was called and we talked for twenty minutes.",
    "Met {name} in the guidance room. {He} had kept the agreement not to sit with the group at the back gate. The mathematics teacher has offered extra lessons on Wednesdays.",
    "The dean had a report of pushing in the lunch line. {name} says it was an accident; two classmates say the same. No consequence. We went through what {he} could do when somebody pushes back.",
    "Watched the second half of the football practice. The coach praises {name}'s discipline. Talked on the way out about the next match and about the report card.",
    "Meeting with {guardian}, the guidance counsellor and {name}. A plan for catching up in English was agreed and signed by all.",
    "{name} was absent. The form teacher has had no call. I took the work sheets with me for the home visit.",
    "Reviewed the behaviour card: six good days of ten. {name} chose the reward {him}self, an hour in the computer room.",
    "The guidance counsellor is worried about a message that goes around in the class group. {name} showed me the telephone without being asked. {He} had not written in it.",
];

/// What happened on the telephone.
pub const PHONE: [&str; 6] = [
    "Called {guardian} to confirm the appointment at the clinic. They will go by the early bus.",
    "{name} called me {him}self, because a cousin was hurt in an accident and {he} did not want to miss our meeting without a word.",
    "Short call with {guardian}: {he} came home on time every day this week.",
    "{guardian} called about a letter from the school. I explained what a suspension hearing is and will come along.",
    "No answer at the first try; {guardian} called back in the evening. The training centre has offered a place from Monday.",
    "Reminded {name} of the interview tomorrow at ten and went over the three questions again.",
];

/// What happened at the office and elsewhere.
pub const OFFICE: [&str; 6] = [
    "{name} came on {his} own, twenty minutes early. We worked on the letter for the trainee place. {He} reads more easily than in the spring.",
    "{guardian} came to sign the papers for the skills training. Asked many questions, was content with the answers.",
    "Group session on dealing with anger, eight took part. {name} spoke about the day at the bus park and the others listened.",
    "Met {name} and the volunteer from the community centre, who will help with reading on Saturdays.",
    "{name} brought the report card: English up, conduct from D to B. We celebrated with a patty.",
    "Talked about the summer. {name} wants to work with an uncle who does tiling. We listed what {he} needs for it.",
];

/// When nobody was there.
pub const NOBODY: [&str; 4] = [
    "Nobody at home. The neighbour says they went to market. Left a card.",
    "Gate locked, no answer. Called the number twice without success.",
    "{name} was out with friends, {guardian} at work. I left word with the aunt that I come again.",
    "Could not find anybody at the address; the shop says they have gone to relatives in the country until Sunday.",
];

/// What an officer promises.
pub const PROMISES: [&str; 12] = [
    "Call the guidance counsellor about attendance",
    "Bring the form for the skills training",
    "Ask about help with the bus fare",
    "Go along to the meeting with the dean",
    "Check how the week went",
    "Take the school books that the neighbour gave",
    "Ask the clinic for an appointment",
    "Talk with the coach about practice times",
    "Visit again to see the grandmother",
    "Find out about evening classes in mathematics",
    "Ring about the trainee place",
    "Bring the report card back",
];

/// Corrections.
pub const CORRECTIONS: [&str; 4] = [
    "The appointment is on Tuesday, not on Monday.",
    "It was the aunt who was there, not the grandmother.",
    "The form teacher's name was misspelt; she has been told.",
    "Two days were missed, not three: the register was corrected.",
];

/// What supervisors ask.
pub const QUESTIONS: [&str; 3] = [
    "Please say how often the student was absent this term, and whether the parent knows of this referral.",
    "Has the school's own behaviour team met about this student? What was agreed?",
    "Who lives with the student at present? The form names a guardian in another parish.",
];

/// What referrers answer.
pub const ANSWERS: [&str; 2] = [
    "Eleven days since September. The mother came on Friday, agrees with the referral and will sign the form.",
    "The team met on the 4th. It recommended the programme because two contracts were broken within a month.",
];

/// Why a referral is not taken up; the school reads this.
pub const NOT_ELIGIBLE: &str =
    "The difficulties are in learning, not in violence: the special education unit can help sooner.";

/// Where another is referred.
pub const ELSEWHERE: (&str, &str) =
    ("Child Guidance Clinic", "Grief after a loss in the family; the clinic has a place this month.");

/// Why a case changes hands.
pub const HANDED_OVER: &str = "The family moved to the other side of town.";
