"""People of the generated notes: names of many origins, made-up names, and every way a note writes them.

Names here are ordinary given names and surnames written down by the project; no person is meant. A third of all names are invented
(syllables, letter chains over all lists), so that a model learns context, shape and affixes rather than the lists."""

GIVEN_F = {
    'english': """Mary Patricia Linda Barbara Elizabeth Jennifer Maria Susan Margaret Dorothy Lisa Nancy Karen Betty Helen Sandra Donna Carol
        Ruth Sharon Michelle Laura Sarah Kimberly Deborah Jessica Shirley Cynthia Angela Melissa Brenda Amy Anna Rebecca Virginia Kathleen Pamela
        Martha Debra Amanda Stephanie Carolyn Christine Marie Janet Catherine Frances Ann Joyce Diane Alice Julie Heather Teresa Doris Gloria
        Evelyn Jean Cheryl Mildred Katherine Joan Ashley Judith Janice Kelly Nicole Judy Christina Kathy Theresa Beverly Denise Tammy Irene Jane
        Lori Rachel Marilyn Andrea Kathryn Louise Sara Anne Jacqueline Wanda Bonnie Julia Lois Tina Phyllis Norma Paula Diana Annie Lillian
        Emily Robin Peggy Gladys Rita Dawn Connie Florence Tracy Edna Tiffany Carmen Cindy Edith Sherry Madison Olivia Ava Sophia Isabella Mia
        Charlotte Harper Abigail Brooklyn Kayla Mackenzie Peyton Zoe Eleanor Hazel Violet Aubrey Piper Skylar Reagan Delaney Maeve Tessa Bethany
        Gwendolyn Winifred Millicent Henrietta Beulah Opal Myrtle Vera Velma Thelma Ethel Agnes Harriet Nora Mabel Leona Lorraine""",
    'common': """May Grace Hope Rose Faith Joy Dawn Summer Autumn April June Daisy Lily Ivy Violet Pearl Ruby Amber Crystal Iris Olive Honey Star
        Chastity Charity Mercy Patience Prudence Constance Harmony Melody Destiny Heaven Misty Ginger Sandy Penny Candy Jewel Sunny Sky Stormy Angel
        Genesis Journey Blossom Cherry Clementine Coral Dove Ember Fern Genevieve Haven Heather Holly Ivory Jasmine Juniper Kitty Lark Liberty
        Magnolia Marigold Meadow Nova Paris Poppy Precious Queen Rain River Robin Sage Savannah Scarlet Serenity Sienna Spring Story Temple Trinity True
        Unity Wren Winter Carol Jean Art""",
    'hispanic': """Guadalupe Maria Rosa Juana Margarita Josefina Veronica Leticia Yolanda Alejandra Ximena Valentina Lucia Esperanza Consuelo Dolores
        Soledad Pilar Mercedes Rocio Paloma Xiomara Yesenia Marisol Graciela Beatriz Catalina Inés Belén Mónica Sofía Araceli Estela Ofelia Blanca
        Concepción Remedios Milagros Luz Itzel Citlali Maribel Noemí Elvira Amparo Socorro Herminia""",
    'southasian': """Priya Lakshmi Ananya Kavita Sunita Deepika Padma Anjali Meera Nandini Radha Shalini Sushma Aishwarya Divya Geeta Harini Indira Jyoti
        Kamala Lalita Malini Neha Pooja Rekha Sarita Swati Tanvi Usha Vidya Fatima Ayesha Nusrat Shabnam Rukhsana Farzana Chandrika Dilani Samanthi
        Bhavani Gayathri Parvathi Revathi Savitri""",
    'eastasian': """Mei Ling Xiu Yan Hui Fang Jing Li Na Ying Xia Qing Lan Hong Yuki Sakura Haruka Keiko Michiko Akiko Naoko Yoko Emiko Hanako Ji-woo
        Soo-jin Min-ji Hye-jin Eun-ji Mi-sook Young-hee Thuy Linh Huong Lan Mai Phuong Ngoc Trang Hanh Tuyet Bao Dao Malee Siriporn Ratana
        Wei Xiaoling Yuan Zhen Sun-hee""",
    'arabic': """Fatima Aisha Khadija Maryam Zainab Layla Noor Huda Amira Salma Yasmin Rania Hanan Samira Nadia Leila Dalia Farah Ghada Hala Iman Jamila
        Karima Lubna Maha Najwa Rasha Sahar Tahira Wafa Zahra Shirin Parisa Mahsa Niloufar Golnaz Azadeh Soraya Shaza""",
    'african': """Adaeze Chioma Ngozi Amara Ifeoma Nneka Folake Yetunde Abena Akosua Ama Efua Esi Adwoa Wanjiku Njeri Akinyi Achieng Thandiwe Nomvula
        Zanele Lindiwe Makeda Selam Tigist Hiwot Almaz Abeba Fatou Aminata Mariama Awa Ndeye Hadiza Zuri Imani Nia Aaliyah Keisha Latoya Lakisha Shanice
        Tamika Ebony Tanisha Shaniqua""",
    'slavic': """Olga Svetlana Irina Tatiana Natalia Ludmila Oksana Halyna Nadezhda Galina Larisa Marina Yelena Katarzyna Agnieszka Malgorzata Zofia
        Jadwiga Grazyna Bozena Danuta Vesna Jelena Dragana Snezana Milica Jana Hana Zuzana Lenka Ivana Petra Magda Raisa Zinaida Lyubov""",
    'european': """Ingrid Astrid Sigrid Solveig Annika Birgitta Gudrun Heidi Liesel Gretchen Ursula Brunhilde Chiara Giulia Francesca Alessandra Giovanna
        Concetta Rosaria Geneviève Amélie Céline Chantal Solange Odile Thérèse Maëlle Siobhan Niamh Aoife Saoirse Eilis Eleni Despina Kalliope Ioanna
        Ilse Katja Marieke Femke Saskia Mireille Beatrix Zsófia Ildikó Szabina""",
    'pacific': """Leilani Kailani Malia Noelani Mele Sina Moana Losa Lupe Tala Dalisay Luzviminda Rosalinda Corazon Ligaya Marites Divina Jocelyn
        Nizhoni Dezbah Yazhi Winona Aiyana Kaya Haunani Puanani""",
}
GIVEN_M = {
    'english': """James John Robert Michael William David Richard Charles Joseph Thomas Christopher Daniel Paul Mark Donald George Kenneth Steven Edward
        Brian Ronald Anthony Kevin Jason Matthew Gary Timothy Jose Larry Jeffrey Frank Scott Eric Stephen Andrew Raymond Gregory Joshua Jerry Dennis
        Walter Patrick Peter Harold Douglas Henry Carl Arthur Ryan Roger Joe Juan Jack Albert Jonathan Justin Terry Gerald Keith Samuel Willie Ralph
        Lawrence Nicholas Roy Benjamin Bruce Brandon Adam Harry Fred Wayne Billy Steve Louis Jeremy Aaron Randy Howard Eugene Carlos Russell Bobby
        Victor Martin Ernest Phillip Todd Jesse Craig Alan Shawn Clarence Sean Philip Chris Johnny Earl Jimmy Antonio Danny Bryan Tony Luis Mike
        Stanley Leonard Nathan Dale Manuel Rodney Curtis Norman Allen Marvin Vincent Glenn Jeffery Travis Jeff Chad Jacob Lee Melvin Alfred Kyle
        Liam Noah Mason Ethan Logan Lucas Jackson Aiden Oliver Elijah Wyatt Owen Caleb Hudson Easton Brody Tucker Sawyer Weston Beckett Declan
        Cornelius Thaddeus Ebenezer Rufus Virgil Homer Elmer Otis Cecil Floyd Lloyd Clyde Wilbur Orville Sherman Percy Reginald Rupert""",
    'common': """Will Art Rusty Chip Rich Bud Cliff Dale Drew Forest Frank Gene Glen Grant Guy Hardy Heath Hunter Jack Lance Mark Miles Nick Norm Pat Pete
        Ray Reed Rob Rod Rock Sterling Skip Sonny Stone Ward Wade Woody Bill Buck Buddy Chase Clay Colt Cash Christian Dean Earl Duke King Prince
        Major Judge Bishop Deacon Cooper Carter Mason Archer Tanner Tucker Trace Tripp Ace Angel Axel Banks Bear Blaze Brooks Cannon Chance Cross
        Fox Gage Hawk Justice Legend Maverick Ranger Ridge Royal Saint Steel Ford Marshall Max Val Victor Sandy Van Mars Sage""",
    'hispanic': """José Juan Luis Carlos Jorge Francisco Jesús Alejandro Miguel Rafael Fernando Ricardo Javier Eduardo Sergio Arturo Raúl Héctor Ramón
        Guillermo Ignacio Joaquín Salvador Esteban Andrés Diego Santiago Mateo Emiliano Cruz Ángel Refugio Lázaro Gonzalo Evaristo Heriberto Efraín
        Rigoberto Ulises Abelardo Gilberto Rodolfo Nahúm Isidro Leocadio""",
    'southasian': """Raj Rajesh Suresh Ramesh Sanjay Vijay Anil Sunil Ashok Ravi Arjun Krishna Rahul Rohan Vikram Amit Deepak Gopal Harish Jagdish Kiran
        Mahesh Naveen Prakash Praveen Rakesh Satish Srinivas Venkat Vinod Imran Asif Faisal Tariq Zubair Mohammed Abdul Shahid Nadeem Balakrishnan
        Gurpreet Harjit Jaspreet Sukhwinder Chaminda Thilak Dinesh Pradeep""",
    'eastasian': """Wei Jian Jun Ming Hao Feng Lei Bo Gang Qiang Zhiyong Guoqiang Xiaoming Yong Chao Hiroshi Takashi Kenji Satoshi Akira Haruto Takeshi
        Yusuke Min-ho Ji-hoon Sung-min Young-soo Dong-hyun Jae-won Kwang Minh Tuan Hung Dung Quang Duc Thanh Long Nam Phuc Somchai Arthit Chai Kai
        Sheng Zhong Tao Bao Yi Xin Seung-hwan""",
    'arabic': """Mohammed Ahmed Ali Hassan Hussein Omar Khalid Ibrahim Yusuf Mustafa Abdullah Tariq Karim Samir Nabil Faisal Hamza Bilal Rashid Jamal
        Walid Ziad Amir Reza Mehdi Farhad Kourosh Dariush Behrouz Siamak Bahram Mahmoud Anwar Sayed Abdul-Rahman Nasser Ghassan Marwan Saad Usama
        Hisham Adnan Munir""",
    'african': """Emeka Chidi Obinna Chukwuemeka Ikenna Uche Tunde Segun Babatunde Olumide Kwame Kofi Kwabena Yaw Kojo Kamau Mwangi Otieno Ochieng Sipho
        Thabo Bongani Mandla Tesfaye Dawit Haile Bekele Moussa Mamadou Ousmane Cheikh Ibrahima Musa Sani Jelani Kwesi Tyrone Darnell Demetrius
        DeShawn Jamal Marquis Terrell LaMarcus Tremaine D'Andre""",
    'slavic': """Ivan Dmitri Sergei Vladimir Boris Nikolai Alexei Yuri Igor Oleg Mikhail Viktor Anatoly Gennady Bogdan Taras Mykola Stanislaw
        Zbigniew Wojciech Krzysztof Andrzej Tomasz Piotr Dragan Goran Zoran Milos Slobodan Jaroslav Vaclav Zdenek Miroslav Pavel Radovan Casimir
        Vyacheslav Yevgeny""",
    'european': """Lars Sven Bjorn Olaf Magnus Erik Nils Hans Klaus Jürgen Wolfgang Dieter Günther Heinrich Giovanni Giuseppe Salvatore Vincenzo Carmelo
        Lorenzo Matteo Jean-Pierre François Étienne Thierry Guillaume Padraig Seamus Cormac Fergus Dimitrios Konstantinos Stavros Yiannis Joost
        Maarten Willem Pieter Krisztián László Béla Zoltán Gábor Einar Leif Aksel""",
    'pacific': """Keoni Kimo Kaleo Makoa Ikaika Tavita Sione Viliami Tevita Semisi Rodrigo Renato Ernesto Bayani Danilo Crisanto Ferdinand
        Hosteen Ahiga Tadi Chayton Takoda Kekoa Nainoa""",
}
SURNAME = {
    'english': """Smith Johnson Williams Jones Davis Miller Wilson Moore Taylor Anderson Thomas Jackson Harris Martin Thompson Robinson Clark Lewis
        Walker Hall Allen Wright Scott Adams Nelson Roberts Turner Phillips Campbell Evans Edwards Collins Stewart Morris Rogers Murphy Cooper
        Richardson Howard Peterson Ramsey Kelly Sanders Bennett Barnes Ross Henderson Coleman Jenkins Perry Patterson Hughes Flores Washington Butler
        Simmons Foster Bryant Alexander Griffin Hayes Sullivan McCarthy McDonald McAllister MacLeod MacIntyre O'Brien O'Connor O'Neill O'Hara
        Fitzgerald Whitaker Thornberry Hawthorne Pemberton Ashworth Wetherby Ellsworth Bartholomew Huckabee Stubblefield Satterfield Culpepper
        Drummond Kirkpatrick Abernathy Birdsong Clutterbuck Entwistle Featherstone Gillespie Higginbotham Killingsworth Loughlin Mulligan
        Oglesby Prendergast Quigley Rutherford Scarborough Tillinghast Underhill Vandergriff Wigglesworth Yarborough Gatlin Goodwyn Osburn""",
    'common': """Brown Young Long White Black Green Gray Short Small Little Rich Strong Wise Hope Love Best Bell Wood Woods Stone Rivers Brooks Fields
        Hill Lake Banks Bush Rice Bean Berry Cherry Rose Flowers Lilly Reed Moss Marsh Field Forest Frost Snow Winter Summers Day Weeks May Monday
        Friday Knight King Prince Duke Noble Bishop Pope Abbott Church Temple Cross Major Page Paige Head Hand Foot Legg Bone Blood Hart Heart Back
        Beard Cheek Chin Palm Bowels Payne Pain Sickles Ill Well Wells Good Goodman Moody Savage Hardy Sharp Swift Quick Speed Walker Rider Driver
        Carter Cook Baker Butcher Fisher Farmer Gardner Hunter Miner Potter Shepherd Taylor Weaver Singer Piper Drummer Nurse Doctor Proctor Case
        Chase Cash Price Worth Penny Nickel Silver Gold Diamond Glass Steel Irons Bolt Lock Keys Gates Door Hall House Park Parks Street Lane Rhodes
        Bridges Ford Poole Waters Burns Ash Cole Coffey Butts Dick Koch Pickle Pickett Fry Frye Ham Bacon Lamb Bull Fox Wolf Bear Lyon Hawk Crow
        Swan Drake Finch Sparrow Crane Bird Fish Bass Pike Salmon Early Late Noon Power Powers Grant Will Wills Test Sample Law Judge Justice
        Pardue Counts Self Person Guy Man Boy Child Childs Kidd Ladd Grant Battle War Story Read Word Wordsworth Penn Inks Paper Post Stamp
        Mills Miles Yards Foote Inch Pound Stockings Shoemaker Cotton Wool Silk Lace Button Hood Coats Capes Booth Camp Tent Sauer Sweet
        Bland Pepper Curry Mace Sage Basil Ginger Peel Root Branch Twigg Leaf Boggs Pitts Rash Sellers Bowers Towers Lights Bright Dark
        Shine Rains Storms Gale Hale Dew Still Sparks Stark Blank Bliss Joy Hopper Jumper Singh Hazard Looney Outlaw Nutt Cobb Crumb""",
    'eponym': """Parkinson Foley Crohn Alzheimer Hodgkin Graves Murphy Homans Babinski Addison Cushing Bell Colles Baker Barrett Barton Cooper Dupuytren
        Ewing Glasgow Hartmann Hirsch Huntington Kaposi Kelly Kocher Lachman McBurney McMurray Marshall Meckel Morton Nissen Osler Paget Pfannenstiel
        Phalen Pott Raynaud Romberg Roux Schwann Smith Swan Tinel Trousseau Turner Valsalva Virchow Weber Whipple Wilson Wright Apgar Down Turner
        Starr Edwards Carpentier Jackson Pratt Penrose Hickman Broviac Allen Hunter Lyme Norwalk Coombs Gram Bartholin Sims Yankauer Metzenbaum
        Richardson Weitlaner Bovie Kerlix Steri Miller Macintosh Mayo Kelly Allis Babcock Adson DeBakey Potts Lynch Braden Epley""",
    'hispanic': """García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Rivera Gómez Díaz Reyes Morales Cruz Ortiz Gutiérrez
        Chávez Ramos Ruiz Álvarez Mendoza Vásquez Castillo Jiménez Moreno Herrera Medina Aguilar Vargas Castro Fernández Guzmán Muñoz Salazar
        Rojas Vega Soto Delgado Peña Ríos Alvarado Sandoval Contreras Valdez Maldonado Espinoza Villarreal Zamora Quiñones Zúñiga Ybarra
        Almendarez Uribe Montemayor Echeverría Arizmendi Galindo Huerta Treviño de_la_Cruz de_León de_la_Rosa del_Toro de_los_Santos Santa_Cruz""",
    'southasian': """Patel Sharma Gupta Singh Kumar Reddy Rao Iyer Nair Menon Agarwal Banerjee Chatterjee Mukherjee Bhattacharya Desai Mehta Shah Joshi
        Kulkarni Deshpande Krishnamurthy Subramanian Venkataraman Ramachandran Balasubramanian Khan Ahmed Hussain Malik Chaudhry Siddiqui Qureshi Rahman
        Islam Hossain Fernando Perera Wickramasinghe Jayawardena Gunawardena Thapa Gurung Shrestha Dhillon Grewal Sandhu Sidhu Kaur Bose Ghosh Pillai""",
    'eastasian': """Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Tang Cao Deng Peng Zeng Lu Ng Lee
        Wong Chan Cheung Ho Leung Lau Kwok Kim Park Choi Jung Kang Cho Yoon Jang Lim Han Shin Seo Kwon Nguyen Tran Le Pham Hoang Phan Vu Vo Dang
        Bui Do Ngo Duong Ly Tanaka Suzuki Sato Takahashi Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue
        Srisai Wongsakul Phommasack Xiong Vang Yang Thao Moua Sok Chea Ouk""",
    'arabic': """Al-Hassan Al-Rashid El-Sayed El-Masri Haddad Khoury Nasser Mansour Hamdan Khalil Saleh Abboud Said Najjar Shaheen Darwish Farouk Fayed
        Gamal Hakim Ibrahim Jaber Kassem Mahfouz Naguib Osman Qasim Rahimi Hosseini Ahmadi Karimi Mohammadi Tehrani Shirazi Farahani Zadeh
        Abdullah Abu-Bakr Abu_Khalil Bin_Saleh Ben_Youssef Sabbagh Tawfiq Yassin Zaidi Barakat""",
    'african': """Okafor Adebayo Okonkwo Nwosu Eze Adeyemi Balogun Ogunleye Oyelaran Chukwu Obi Mensah Owusu Asante Boateng Osei Appiah Kamau Mwangi
        Njoroge Odhiambo Onyango Wanjala Dlamini Nkosi Ndlovu Mkhize Zulu Khumalo Tesfaye Gebremariam Bekele Haile Tadesse Diallo Traoré Keita Diop
        Ndiaye Sow Cissé Touré Coulibaly Abubakar Yusuf Nkemelu Mbeki Nguema Ouedraogo Jefferson Banks Booker""",
    'slavic': """Ivanov Petrov Smirnov Kuznetsov Volkov Sokolov Popov Kozlov Novikova Morozova Petrenko Shevchenko Kovalenko Bondarenko Tkachuk
        Kowalski Nowak Wisniewski Wojcik Kaminski Zielinski Szymanski Dabrowski Jankowski Krawczyk Novak Svoboda Dvorak Cerny Prochazka Horvat
        Jovanovic Petrovic Nikolic Markovic Djordjevic Stojanovic Ilic Babic Maric Knezevic Hrvatin Zupan Radic Wozniak Gorski Czajka""",
    'european': """Schmidt Müller Schneider Fischer Weber Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Zimmermann Krüger von_Braun
        van_der_Berg Van_Buren van_Dijk de_Vries Jansen Bakker Visser Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco DeLuca
        DiMaggio D'Angelo Dell'Olio Lombardi Dubois Lefebvre Moreau Laurent Girard Rousseau Beaumont LeBlanc St._Pierre Lindqvist Johansson
        Andersson Nilsson Hansen Larsen Olsen Virtanen Korhonen Papadopoulos Georgiou Nagy Szabó Kovács Gelencsér Szöllösy da_Silva dos_Santos Ferreira
        Oliveira Pereira Bergstrom Wintheiser Kuhic Gullette Perrotta Schlosser Vandenberg TenEyck Ter_Horst Vander_Ploeg""",
    'pacific': """Kealoha Kamaka Kahananui Keawe Tuiasosopo Faleolo Fonoti Taufa Tupou Vainikolo Dela_Cruz Bautista Pangilinan Macaraeg Magsaysay
        Dimaculangan Begay Yazzie Tsosie Benally Nez Whitehorse Runningwater Two_Bulls Red_Cloud Nakai Tallchief Manuelito""",
}
NICK = {
    'William': 'Bill', 'Robert': 'Bob', 'Richard': 'Dick', 'James': 'Jim', 'John': 'Jack', 'Charles': 'Chuck', 'Margaret': 'Peggy', 'Elizabeth': 'Liz',
    'Katherine': 'Kate', 'Patricia': 'Pat', 'Michael': 'Mike', 'Thomas': 'Tom', 'Joseph': 'Joe', 'Anthony': 'Tony', 'Daniel': 'Dan', 'Rebecca': 'Becky',
    'Susan': 'Sue', 'Deborah': 'Deb', 'Theodore': 'Ted', 'Edward': 'Eddie', 'Jennifer': 'Jen', 'Stephanie': 'Steph', 'Christopher': 'Chris',
    'Alexander': 'Alex', 'Samuel': 'Sam', 'Virginia': 'Ginny', 'Dorothy': 'Dottie', 'Guadalupe': 'Lupe', 'Francisco': 'Pancho', 'José': 'Pepe',
    'Benjamin': 'Ben', 'Nicholas': 'Nick', 'Lawrence': 'Larry', 'Gerald': 'Jerry', 'Harold': 'Hal', 'Cynthia': 'Cindy', 'Sandra': 'Sandy',
}
LOOSE_NICK = 'Bubba Junior Sissy Skip Tex Red Buddy Ducky Nana Peaches Pudge Slim Cookie Tootie Dot Gigi Mimi Kiki Jojo BJ TJ AJ CJ JD DJ RJ MJ'.split()
SYLLABLE_START = """a al an ar be bel ber bra bri ca cal cha che co cor da dar de del dor dra du el en er fa fe fi fla fre ga gar ge gi gra gu ha har
    he hi ho i in is ja je jo ju ka kar ke ki ko kra la le li lo lu ma mar me mi mo mu na ne ni no nu o ol or os pa pe phi po pra qua ra re ri ro ru sa
    sha she si sla so ste sto stra su ta te tha the ti to tra tre u ul ur va ve vi vla vo wa we wi xa xi ya ye yu za ze zha zi zo""".split()
SYLLABLE_MID = """ba be bi bo ca ce chi da de di do dra el en er ga ge gi gra ha in ja ka ki ko la le li lo lu ma me mi mo na ne ni no nu pa pe ra re ri ro
    sa se shi si so ta te thi ti to tu va ve vi wa ya za zi mba nde ngo llo tte nna rra""".split()
SYLLABLE_END = dict(
    surname="""son sen man mann berg burg stein feld ton ham ford well worth wood ley by ski sky wicz czyk enko ov ova ev in ic vic nen la ez es as os is
        ini elli etti ano ardo oulos akis idis yan ian zadeh pour shi moto mura ta da ya ra wa kawa nga mba nko ngo ulu aya eri ard eau ault ette ier
        quist strom lund gren dahl vik stad er el le tt ck ns rs tz lt nd rd th ey ie ow oe""".split(),
    given_f='a ia ina ella ette elle een lyn lynn isha ika ita ila ya ana enna issa ora eth ie y i eigh anne belle mae'.split(),
    given_m='o us an en in on io iel ius ard ert ick ett am im esh it ul eem ar or er ek ik av ey y ton son den den lan'.split())

SUFFIXES = ['Jr.', 'Sr.', 'III', 'II', 'Jr', 'IV']
CREDENTIALS_DOCTOR = ['MD', 'M.D.', 'DO', 'D.O.', 'MD, PhD', 'M.D., Ph.D.', 'MD, FACS', 'MD, MPH', 'DDS', 'DPM', 'M.D., F.A.C.C.', 'MBBS', 'MD, FACP']
CREDENTIALS_STAFF = ['RN', 'R.N.', 'BSN, RN', 'NP', 'FNP-C', 'PA-C', 'PA', 'LCSW', 'MSW', 'PT', 'DPT', 'OTR/L', 'PharmD', 'RPh', 'LPN', 'CNA', 'CRNA', 'RD',
                     'CCC-SLP', 'RRT', 'LMFT', 'Ph.D.', 'PsyD', 'CNM', 'MA', 'CMA', 'APRN', 'ARNP', 'CNS', 'RT', 'EMT-P', 'LVN']


def _split(table):
    return {origin: [name.replace('_', ' ') for name in text.split()] for origin, text in table.items()}


class Chain:
    """Letter chain of order three over a list of names: unseen names that look like names."""

    def __init__(self, names):
        self.next = {}
        for name in names:
            padded = '^^^' + name.lower() + '$'
            for i in range(3, len(padded)):
                self.next.setdefault(padded[i - 3:i], []).append(padded[i])

    def draw(self, rng):
        state, out = '^^^', ''
        while len(out) < 14:
            letter = rng.choice(self.next[state])
            if letter == '$':
                break
            out += letter
            state = state[1:] + letter
        return out if len(out) > 2 else self.draw(rng)


class Names:
    """Draws given names and surnames. extra: {'given_f': [...], 'given_m': [...], 'surname': [...]} from the project's lists."""

    def __init__(self, extra=None):
        extra = extra or {}
        self.given_f, self.given_m, self.surname = _split(GIVEN_F), _split(GIVEN_M), _split(SURNAME)
        self.extra = extra
        self.origins = [o for o in self.given_f if o not in ('common',)]
        plain = lambda table, more: [n for l in table.values() for n in l if ' ' not in n] + list(more)[:4000]
        if extra.get('drug'):
            self.drug_chain = Chain([n for n in extra['drug'] if ' ' not in n][:5000])
        self.chain = {
            'given_f': Chain(plain(self.given_f, extra.get('given_f', ()))),
            'given_m': Chain(plain(self.given_m, extra.get('given_m', ()))),
            'surname': Chain(plain(self.surname, extra.get('surname', ()))),
        }

    def invented(self, rng, kind):
        if rng.random() < 0.5:
            name = self.chain[kind].draw(rng)
        else:
            name = rng.choice(SYLLABLE_START) + ''.join(rng.choice(SYLLABLE_MID) for _ in range(rng.choice((0, 1, 1, 1, 2))))
            name += rng.choice(SYLLABLE_END[kind])
        parts = name.replace(' ', '-').split('-')
        name = '-'.join(p[:1].upper() + p[1:] for p in parts)
        if kind == 'surname' and rng.random() < 0.05:
            name = rng.choice(['Mc', 'Mac', "O'", "D'", 'De', 'Di', 'Van', 'La', 'Le', 'Fitz']) + name
        return name

    def brand(self, rng):
        """A drug or device nobody sells."""
        word = self.drug_chain.draw(rng) if self.extra.get('drug') and rng.random() < 0.6 else self.invented(rng, 'surname')
        return word[:1].upper() + word[1:] + rng.choices(['', '', ' XR', '-D', ' ' + rng.choice('IVX'), ' HCT'], [70, 10, 6, 4, 6, 4])[0]

    def _draw(self, rng, kind, table, origin, common):
        roll = rng.random()
        if roll < 0.33:
            return self.invented(rng, kind)
        if roll < 0.55 and self.extra.get(kind):
            return rng.choice(self.extra[kind])
        if roll < 0.55 + common:
            return rng.choice(table['common'])
        return rng.choice(table[origin])

    def given(self, rng, sex, origin):
        if sex == 'f':
            return self._draw(rng, 'given_f', self.given_f, origin, 0.08)
        return self._draw(rng, 'given_m', self.given_m, origin, 0.08)

    def last(self, rng, origin):
        roll = rng.random()
        if roll < 0.03:
            return rng.choice(self.surname['eponym'])
        if roll < 0.06 and self.extra.get('word'):
            return rng.choice(self.extra['word'])
        name = self._draw(rng, 'surname', self.surname, origin, 0.09)
        if rng.random() < 0.07:
            name += '-' + self._draw(rng, 'surname', self.surname, rng.choice(self.origins), 0.09)
        elif origin == 'hispanic' and rng.random() < 0.2:
            name += ' ' + rng.choice(self.surname['hispanic'])
        return name


class Person:
    """One member of a note's cast: the same person is written in many ways within one note."""

    def __init__(self, rng, names, role, family=None):
        self.rng, self.role = rng, role
        weights = dict(english=34, hispanic=13, southasian=9, eastasian=9, arabic=6, african=8, slavic=7, european=8, pacific=3)
        self.origin = rng.choices(list(weights), list(weights.values()))[0]
        self.sex = rng.choice('fm')
        self.first = names.given(rng, self.sex, self.origin)
        self.middle = names.given(rng, self.sex, self.origin if rng.random() < 0.8 else 'english')
        self.last = family.last if family and rng.random() < 0.65 else names.last(rng, self.origin)
        self.suffix = rng.choice(SUFFIXES) if self.sex == 'm' and rng.random() < 0.07 else ''
        self.nick = NICK.get(self.first) or (rng.choice(LOOSE_NICK) if rng.random() < 0.3 else names.given(rng, self.sex, 'english'))
        doctor = role == 'PROVIDER' and rng.random() < 0.68
        self.doctor = doctor
        self.credential = rng.choice(CREDENTIALS_DOCTOR if doctor else CREDENTIALS_STAFF)
        self.used_full = rng.choices(['fl', 'fml', 'fil', 'il', 'iml'], [55, 12, 20, 8, 5])[0] if role == 'PROVIDER' else \
            rng.choices(['fl', 'fml', 'fil'], [62, 16, 22])[0]

    def full(self):
        f, m, l = self.first, self.middle, self.last
        text = {'fl': f'{f} {l}', 'fml': f'{f} {m} {l}', 'fil': f'{f} {m[0]}. {l}' if self.rng.random() < 0.8 else f'{f} {m[0]} {l}',
                'il': f'{f[0]}. {l}' if self.rng.random() < 0.7 else f'{f[0]} {l}', 'iml': f'{f[0]}.{self.rng.choice(["", " "])}{m[0]}. {l}'}[self.used_full]
        if self.suffix and self.rng.random() < 0.7:
            text += self.rng.choice([' ', ', ']) + self.suffix
        return text

    def comma(self):
        f, m, l = self.first, self.middle, self.last
        comma = self.rng.choices([', ', ',', ' , '], [85, 10, 5])[0]
        tail = self.rng.choices([f, f'{f} {m}', f'{f} {m[0]}', f'{f} {m[0]}.'], [50, 15, 20, 15])[0]
        if self.suffix and self.rng.random() < 0.5:
            l += ' ' + self.suffix
        text = l + comma + tail
        return text.upper() if self.rng.random() < 0.25 else text

    def initials(self):
        dot = self.rng.choice(['', '.'])
        letters = self.first[0] + (dot + self.middle[0] if self.rng.random() < 0.4 else '') + dot + self.last[0]
        return letters.upper() + dot

    def quoted(self):
        left, right = self.rng.choice([('"', '"'), ('“', '”'), ('(', ')'), ("'", "'")])
        return f'{self.first} {left}{self.nick}{right} {self.last}'

    def title(self):
        if self.role == 'PROVIDER':
            return self.rng.choices(['Dr.', 'Dr', 'Doctor', 'Drs.'], [75, 15, 8, 2])[0] if self.doctor else self.rng.choice(['Nurse', 'Ms.', 'Mr.', 'Mrs.'])
        if self.sex == 'm':
            return self.rng.choices(['Mr.', 'Mr', 'Mister', 'Sr.', 'Rev.', 'Capt.'], [78, 14, 2, 2, 2, 2])[0]
        return self.rng.choices(['Mrs.', 'Ms.', 'Miss', 'Ms', 'Mrs', 'Sra.', 'Sister'], [36, 36, 8, 10, 7, 2, 1])[0]

    def form(self, name):
        return getattr(self, name)() if name in ('full', 'comma', 'initials', 'quoted') else getattr(self, name)
