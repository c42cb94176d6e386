/**
 * The passwords of eight characters and more that stand at the head of every list of leaked ones, in
 * lower case. Short on purpose: it stops the first guesses, rate limits stop the later ones.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 0123456789 987654321 9876543210 87654321 123123123 1234512345
  12341234 11223344 1122334455 112233445566 123321123 147258369 159753456 789456123 741852963
  102030405060 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 zaq12wsx zaq1zaq1
  q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qwer1234 qwert123 qwert12345 qwerty12 qwerty123 qwerty1234
  qwerty12345 qwertyui qwertyuiop qwertzui qwertzuiop qweasdzxc qweasd123 asdfghjkl asdfasdf
  asdf1234 zxcvbnm1 zxcvbnm123 azertyuiop a1b2c3d4 a123456789 aa123456 aa12345678 abc12345
  abcd1234 abc123456 abcd12345 abcdefg1 abcdefgh abcdef12 123abc123 123456ab 123456abc 1234qwer
  12345qwert 123qweasd 123qwe123 password password1 password12 password123 password1234 passw0rd
  p@ssw0rd p@ssword pa55word pa$$word passwort passwort1 passwort123 motdepasse contrasena
  senha123 parola123 haslo123 wachtwoord salasana administrator admin123 admin1234 admin12345
  adminadmin rootroot root1234 toor1234 letmein1 letmein123 welcome1 welcome12 welcome123
  welcome1234 changeme changeme1 changeme123 default1 secret12 secret123 superman superman1
  superstar batman123 spiderman pokemon1 pokemon123 starwars starwars1 football football1
  baseball baseball1 basketball liverpool liverpool1 arsenal1 chelsea1 manchester barcelona
  realmadrid juventus iloveyou iloveyou1 iloveyou2 iloveyou123 iloveyou! loveyou1 ilovegod
  lovelove princess princess1 sunshine sunshine1 butterfly chocolate strawberry blueberry
  whatever whatever1 trustno1 dragon123 monkey123 shadow123 master123 michael1 michelle jennifer
  jessica1 jonathan christian christopher alexander alexandra stephanie elizabeth patricia
  nicholas benjamin samantha victoria valentina sebastian francisco fernando gabriela computer
  computer1 internet internet1 samsung1 samsung123 microsoft google123 facebook facebook1
  linkedin dropbox1 corvette mercedes mustang1 ferrari1 porsche1 harley123 yamaha123 midnight
  november december september february summer2023 summer2024 summer2025 summer2026 winter2023
  winter2024 winter2025 winter2026 spring2025 spring2026 autumn2025 autumn2026 austria1 germany1
  deutschland france123 qazwsxedc qazwsx123 1234abcd test1234 testtest test12345 testing1
  testing123 guest1234 guestguest user1234 useruser temp1234 temptemp hello123 hello1234 hellohello
  godisgood jesus123 jesuschrist blessed1 angel123 fuckyou1 fuckyou2 asshole1 killer123 gangster
  marlboro portugal brasil123 colombia argentina australia snoopy123 garfield mickey123 scooby123
  rainbow1 freedom1 forever1 diamond1 einstein metallica slipknot linkinpark nirvana1 greenday
  thunder1 phoenix1 maverick universe maggie123 charlie1 charlie123 anthony1 hannah123 daniel123
  matthew1 andrew123 joshua123 ashley123 nicole123 thomas123 robert123 william1 heather1 cheese123
  cookie123 banana123 pepper123 ginger123 buster123 tigger123 bailey123 soccer123 hockey123
  tennis123 dolphin1 elephant crocodile chicken1 champion champions password! password1! passw0rd!
  portico1 portico123 shopshop shop1234`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
