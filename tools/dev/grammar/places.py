"""Places of the generated notes: facilities by shape rather than by list, cities, streets, employers."""

FACILITY_HEAD = """Mercy Providence Good_Samaritan Sacred_Heart Holy_Cross Trinity Bethesda Mount_Sinai Mt._Carmel Cedar_Ridge Lakeview Riverside Hillcrest Oakwood
    Pinecrest Sunrise Valley_View Northside Southside Eastgate Westfield Memorial Community General University Methodist Baptist Lutheran Presbyterian Adventist
    Children's Women's Veterans County City Regional Central St._Mary's St._Luke's St._Joseph's Saint_Francis St._Vincent St._Anne's St_Jude Saint_Agnes Our_Lady_of_Lourdes
    Our_Lady_of_Mercy Cascade Summit Harbor Bayview Desert_Springs Blue_Ridge Great_Plains Red_River Three_Rivers Lone_Star Golden_Gate Evergreen Heritage
    Legacy Liberty Pioneer Frontier Meadowbrook Willow_Creek Maple_Grove Stonebridge Silver_Lake Rosewood Magnolia Palmetto Sierra Tri-City Inland""".split()
FACILITY_TAIL = """Hospital Medical_Center Clinic Regional_Medical_Center Memorial_Hospital Community_Hospital General_Hospital Health_System Health_Center Healthcare
    Health Surgical_Center Surgery_Center Cancer_Center Heart_Institute Rehabilitation_Hospital Rehab_Center Nursing_Home Nursing_and_Rehab Care_Center Hospice
    Family_Practice Family_Medicine Pediatrics Medical_Group Medical_Associates Orthopedics Dialysis_Center Imaging_Center Behavioral_Health Wellness_Center
    Children's_Hospital University_Hospital VA_Medical_Center Urgent_Care Pharmacy Laboratories Eye_Institute Women's_Center Skilled_Nursing_Facility Manor
    Assisted_Living Home_Health Physicians_Group Internal_Medicine Cardiology_Associates Dermatology Birth_Center Infirmary Sanatorium State_Hospital Psychiatric_Hospital Specialty_Hospital Orthopaedic_Hospital Hospital_for_Children Health_Care_System Health_Systems Health_System,_Inc.
    Eye_and_Ear_Infirmary Convalescent_Center Retirement_Community Village Care_Home Cancer_Institute Eye_Clinic Medical_Pavilion School_of_Medicine University Emergency_Room
    ER Specialty_Clinic Hospital_and_Clinics Transitional_Care Recovery_Center Detox_Center Counseling_Center Outpatient_Center Blood_Bank Tower Institute Foundation_Hospital
    Hospital_&_Medical_Center Healthcare_System Medical_Plaza Community_Clinic Health_Department Rehabilitation_Institute Long-Term_Acute_Care Memory_Care Residential_Treatment_Center District_Hospital Medical_College Medical_College_Hospital RTC Mental_Health_Center Hospital_for_Special_Surgery Military_Hospital""".split()
CITIES = """Springfield Riverton Franklin Greenville Bristol Clinton Fairview Salem Madison Georgetown Arlington Ashland Dover Oxford Jackson Burlington Manchester Milton
    Newport Auburn Centerville Dayton Lexington Milford Winchester Cleveland Hudson Kingston Mount_Vernon Oakland Lebanon Boston Chicago Houston Phoenix Philadelphia
    San_Antonio San_Diego Dallas San_Jose Austin Jacksonville Fort_Worth Columbus Charlotte Indianapolis San_Francisco Seattle Denver Nashville El_Paso Detroit
    Memphis Portland Las_Vegas Louisville Baltimore Milwaukee Albuquerque Tucson Fresno Sacramento Mesa Kansas_City Atlanta Omaha Raleigh Miami Minneapolis Tulsa
    Wichita New_Orleans Tampa Honolulu Anaheim Lubbock St._Louis St._Paul Toledo Pittsburgh Cincinnati Anchorage Buffalo Plano Boise Spokane Tacoma Des_Moines
    Baton_Rouge Grand_Rapids Salt_Lake_City Little_Rock Sioux_Falls Ann_Arbor Santa_Fe Eau_Claire Coeur_d'Alene Bozeman Wausau Waukesha Schenectady Poughkeepsie
    Chattanooga Tuscaloosa Murfreesboro Yakima Walla_Walla Kalamazoo Ypsilanti Oconomowoc Puyallup Cheektowaga Hackensack Passaic Scranton Altoona Duluth Bemidji
    Fargo Minot Laramie Pocatello Elko Ogden Provo Moab Flagstaff Yuma Barstow Lodi Chico Redding Eureka Bend Medford Astoria Mobile Reading Bath Hope Mercy
    Friendship Independence Liberty Normal Paris Rome Athens Cairo Moscow Lima Cuba Mexico Peru Vienna Berlin Dublin Delhi Bangkok Lagos Nairobi Manila Hanoi
    Guadalajara Monterrey Tijuana Bogotá Santiago Havana Kingston Port-au-Prince Karachi Lahore Mumbai Chennai Dhaka Kabul Tehran Baghdad Damascus Beirut Amman
    Kyiv Warsaw Krakow Prague Budapest Sarajevo Lisbon Madrid Naples Marseille Rotterdam Leeds Cork Glasgow Oslo Malmö Addis_Ababa Accra Kampala Mogadishu Dakar""".split()
CITY_HEAD = """Spring Oak Maple Cedar Pine Elm Ash River Lake Brook Stone Mill Green Fair Glen Clear Rock Sand Sunny Bright North South East West Wood Hill Black White
    Red Blue Silver Golden Eagle Deer Fox Wolf Bear Willow Cherry Rose Haw Marsh Cross Ridge Harris Wilkes Greens Ham Bur Ash Kings Queens Clarks Jeffers Ander Hender
    Robin Wins Middle New Old Port Fort Mount San Santa Grand Little""".split()
CITY_TAIL = """field ville ton burg boro dale wood ford view port haven ridge land side town bury stead mont crest brook water grove worth ham field
    _Falls _Springs _Heights _City _Park _Grove _Beach _Creek _Hills _Valley _Junction _Center _Point""".split()
STATES = [('Alabama', 'AL'), ('Alaska', 'AK'), ('Arizona', 'AZ'), ('Arkansas', 'AR'), ('California', 'CA'), ('Colorado', 'CO'), ('Connecticut', 'CT'), ('Delaware', 'DE'),
          ('Florida', 'FL'), ('Georgia', 'GA'), ('Hawaii', 'HI'), ('Idaho', 'ID'), ('Illinois', 'IL'), ('Indiana', 'IN'), ('Iowa', 'IA'), ('Kansas', 'KS'), ('Kentucky', 'KY'),
          ('Louisiana', 'LA'), ('Maine', 'ME'), ('Maryland', 'MD'), ('Massachusetts', 'MA'), ('Michigan', 'MI'), ('Minnesota', 'MN'), ('Mississippi', 'MS'), ('Missouri', 'MO'),
          ('Montana', 'MT'), ('Nebraska', 'NE'), ('Nevada', 'NV'), ('New Hampshire', 'NH'), ('New Jersey', 'NJ'), ('New Mexico', 'NM'), ('New York', 'NY'),
          ('North Carolina', 'NC'), ('North Dakota', 'ND'), ('Ohio', 'OH'), ('Oklahoma', 'OK'), ('Oregon', 'OR'), ('Pennsylvania', 'PA'), ('Rhode Island', 'RI'),
          ('South Carolina', 'SC'), ('South Dakota', 'SD'), ('Tennessee', 'TN'), ('Texas', 'TX'), ('Utah', 'UT'), ('Vermont', 'VT'), ('Virginia', 'VA'), ('Washington', 'WA'),
          ('West Virginia', 'WV'), ('Wisconsin', 'WI'), ('Wyoming', 'WY'), ('District of Columbia', 'DC')]
STREET_NAME = """Main Oak Maple Cedar Elm Pine Washington Lake Hill Park Walnut Spring North Ridge Church Willow Mill Sunset Jackson Highland Franklin Jefferson River
    Meadow Forest Cherry Dogwood Center College Lincoln Laurel Green Broad Chestnut Hickory Magnolia Peachtree Martin_Luther_King Cesar_Chavez Old_Mill Mockingbird
    Quail_Run Fox_Hollow Whispering_Pines Deer_Path Country_Club Rolling_Hills Stagecoach Wagon_Wheel El_Camino_Real Camino_del_Sol Via_Verde Calle_Luna Rue_Royale
    Bay Harbor Beach Ocean Canal Union State Court Market Commerce Industrial 1st 2nd 3rd 4th 5th 12th 42nd 110th First Second Third""".split()
STREET_TYPE = """Street St St. Avenue Ave Ave. Road Rd Rd. Drive Dr Dr. Lane Ln Ln. Boulevard Blvd Blvd. Court Ct Circle Cir Place Pl Way Terrace Ter Trail Parkway Pkwy Highway
    Hwy Loop Square Run Crossing Alley Path Row Pike Point Cove Ridge""".split()
ORG_HEAD = """Acme Summit Pioneer Allied United Global National American First Northern Pacific Atlantic Midwest Great_Lakes Lone_Star Keystone Evergreen Apex Vertex Quantum Delta
    Sigma Omega Titan Atlas Phoenix Falcon Eagle Liberty Patriot Heritage Cornerstone Bluebird Redwood Ironwood Granite Copper Silver_Star Golden_State Consolidated
    Advanced Precision Dynamic Superior Premier Reliable Dependable Sunbelt Tri-State Hometown Family Central Metro Harbor Coastal Prairie""".split()
ORG_TAIL = """Inc. Inc LLC Corp. Corporation Company Co. Group & Sons Brothers Industries Manufacturing Logistics Trucking Construction Builders Roofing Plumbing Electric
    Insurance Bank Credit_Union Foods Bakery Farms Dairy Motors Auto_Body Tire Airlines Railways Shipping Mining Steel Textiles Paper_Mill Packaging Plastics
    Chemical Pharmaceuticals Software Systems Technologies Consulting Staffing Security Services Partners Associates Holdings Realty Properties Landscaping
    Elementary_School Middle_School High_School Community_College School_District Public_Library Fire_Department Police_Department Sheriff's_Office Church Food_Bank Daycare
    Post_Office Restaurant Diner Grocery Market Supermarket Hardware Furniture Outfitters Salon Brewery Casino Hotel Resort Golf_Club Theatre""".split()
ORG_WHOLE = """Walmart Target Costco Amazon FedEx UPS Starbucks Home_Depot Lowe's McDonald's Boeing Ford General_Motors Google Microsoft Tyson_Foods John_Deere Caterpillar
    Kroger Safeway Publix Verizon Comcast AT&T Delta_Airlines US_Postal_Service Amtrak State_Farm Wells_Fargo Bank_of_America Best_Buy Chick-fil-A Taco_Bell
    Whirlpool Goodyear Lockheed_Martin Raytheon Intel Tesla Burger_King Dollar_General U.S._Army""".split()
PLAN = """Aetna Cigna Humana UnitedHealthcare Blue_Cross_Blue_Shield Kaiser_Permanente Molina Medicare Medicaid Tricare Anthem""".split()


def _spaced(word):
    return word.replace('_', ' ')


class Places:
    def __init__(self, names, extra_cities=()):
        self.names, self.extra_cities = names, list(extra_cities)

    def city(self, rng):
        roll = rng.random()
        if roll < 0.25:
            return _spaced(rng.choice(CITIES))
        if roll < 0.55 and self.extra_cities:
            return rng.choice(self.extra_cities)
        if roll < 0.8:
            return _spaced(rng.choice(CITY_HEAD) + rng.choice(CITY_TAIL))
        name = self.names.invented(rng, 'surname')
        return name + rng.choices(['', 'ville', 'ton', ' City', ' Falls', ' Springs', ' Heights'], [60, 10, 10, 5, 5, 5, 5])[0]

    def facility(self, rng):
        roll = rng.random()
        if roll < 0.35:
            head = _spaced(rng.choice(FACILITY_HEAD))
        elif roll < 0.65:
            head = self.city(rng)
        elif roll < 0.85:
            head = self.names.last(rng, rng.choice(self.names.origins))
        else:
            head = rng.choice(['University of ', 'The ', '']) + self.city(rng)
        middle = rng.choices(['', ' ' + _spaced(rng.choice(FACILITY_HEAD)), ' & ' + self.names.last(rng, 'english'), ' County', ' Valley'], [68, 15, 5, 8, 4])[0]
        tail = _spaced(rng.choice(FACILITY_TAIL))
        if rng.random() < 0.3:
            tail = rng.choice(['Hospital', 'Medical Center', 'Clinic'])
        text = f'{head}{middle} {tail}'
        if rng.random() < 0.06:
            text += ' of ' + self.city(rng)
        elif rng.random() < 0.05:
            text += ' at ' + self.city(rng)
        elif rng.random() < 0.05:
            text += ', ' + rng.choice(['East', 'West', 'North', 'South', 'Downtown']) + ' Campus'
        return text

    def facility_short(self, rng):
        """As people say it: "at Mercy", "to St. Luke's", "OSH: Lakeview"."""
        return rng.choice([_spaced(rng.choice(FACILITY_HEAD[:16] + FACILITY_HEAD[30:45])), self.names.last(rng, 'english'),
                           ''.join(rng.choice('ABCDEFGHJKLMNPRSTUVW') for _ in range(rng.choice((3, 3, 4)))) + rng.choice(['MC', 'H', 'GH'])])

    def street(self, rng):
        number = str(rng.choice([rng.randint(1, 99), rng.randint(100, 999), rng.randint(1000, 19999)]))
        if rng.random() < 0.04:
            return rng.choice(['P.O. Box ', 'PO Box ', 'P. O. Box ', 'RR 2 Box ']) + str(rng.randint(1, 9999))
        name = rng.choices([_spaced(rng.choice(STREET_NAME)), self.names.last(rng, rng.choice(self.names.origins)), self.city(rng), self.names.given(rng, rng.choice('fm'), 'english')],
                           [50, 30, 12, 8])[0]
        direction = rng.choices(['', rng.choice(['N ', 'S ', 'E ', 'W ', 'N. ', 'S. ', 'West ', 'North ', 'NE ', 'SW '])], [80, 20])[0]
        text = f'{number} {direction}{name} {rng.choice(STREET_TYPE)}'
        if rng.random() < 0.05:
            text = f'{number} {rng.choice(["Highway", "Hwy", "County Road", "State Route", "FM", "US-"])} {rng.randint(1, 999)}'.replace('- ', '-')
        if rng.random() < 0.18:
            unit = rng.choice(['Apt', 'Apt.', 'Unit', 'Suite', 'Ste', '#', 'Rm', 'Floor', 'Bldg', 'Lot'])
            text += rng.choice([', ', ' ', ',']) + f'{unit}{"" if unit == "#" else " "}{rng.choice([str(rng.randint(1, 999)), rng.choice("ABCDEF"), str(rng.randint(1, 40)) + rng.choice("ABC")])}'
        return text

    def org(self, rng):
        roll = rng.random()
        if roll < 0.15:
            return _spaced(rng.choice(ORG_WHOLE))
        tail = _spaced(rng.choice(ORG_TAIL))
        if tail == '&':
            tail = '& Sons'
        if roll < 0.45:
            return f'{_spaced(rng.choice(ORG_HEAD))} {tail}'
        if roll < 0.65:
            return f'{self.names.last(rng, rng.choice(self.names.origins))} {tail}'
        if roll < 0.75:
            return f'{self.names.last(rng, "english")}{rng.choice([" & ", " and ", "-", ", "])}{self.names.last(rng, "english")} {tail}'
        if roll < 0.85:
            return f'{self.city(rng)} {tail}'
        if roll < 0.93:
            return self.names.invented(rng, 'surname') + rng.choice(['', '', ' Inc.', ' Labs', 'corp', 'tech', ' Systems', 'soft'])
        return f'{_spaced(rng.choice(ORG_HEAD))} {_spaced(rng.choice(ORG_HEAD))} {tail}'

    def state(self, rng):
        return rng.choice(STATES)
