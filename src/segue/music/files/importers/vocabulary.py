"""The headings that exporters and people write over columns, by field and in their languages."""

# ruff: noqa: RUF001 - words of many alphabets, on purpose

# Per field, strongest first: "title" wins over "track", which in some tables is a number.
# They are compared in the form that `headings.normal` gives, so case and accents do not matter.
HEADINGS: dict[str, tuple[str, ...]] = {
    "title": (
        "track name", "song name", "song title", "track title",
        "master metadata track name", "song", "title", "titel", "songtitel", "titre",
        "titre de la chanson", "título", "título de la canción", "título da música",
        "canción", "música", "titolo", "brano", "titolo del brano", "morceau", "nummer",
        "tytuł", "utwór", "låt", "låttitel", "название", "название трека", "песня",
        "назва", "трек", "şarkı", "şarkı adı", "parça", "タイトル", "曲名", "标题", "歌名",
        "歌曲名称", "標題", "歌曲名稱", "제목", "곡명", "sangtitel", "sang", "spor",
        "låtnavn", "kappale", "kappaleen nimi", "skladba", "název", "název skladby",
        "píseň", "názov", "názov skladby", "pieseň", "cím", "dal", "szám címe", "zeneszám",
        "titlu", "melodie", "piesă", "τίτλος", "τραγούδι", "κομμάτι", "заглавие", "песен",
        "naslov", "pjesma", "naziv pjesme", "песма", "наслов", "العنوان", "عنوان", "الأغنية",
        "اسم الأغنية", "שם", "שם השיר", "שיר", "כותרת", "عنوان آهنگ", "آهنگ", "शीर्षक", "गाना",
        "ชื่อเพลง", "เพลง", "tên bài hát", "bài hát", "tiêu đề", "judul", "judul lagu", "lagu",
        "títol", "cançó", "track description", "name", "track", "track track name", "nom",
        "nombre", "nome", "navn",
        "nimi", "naam",
    ),
    "artist": (
        "artist name s", "artist names", "artists", "artist name", "artist",
        "artists name", "artist text", "artist credit", "creator", "performer",
        "performers", "singer", "band", "by", "künstler", "interpret", "interpreten",
        "name des künstlers", "artiste", "artistes", "nom de l artiste", "interprète",
        "artista", "artistas", "nombre del artista", "nome do artista", "intérprete",
        "artisti", "nome artista", "artiest", "uitvoerder", "wykonawca", "artysta",
        "исполнитель", "артист", "виконавець", "sanatçı", "アーティスト", "歌手", "艺术家", "艺人",
        "演出者", "아티스트", "가수", "kunstner", "artistnavn", "utøver", "esittäjä", "artisti",
        "artistin nimi", "interpreti", "umělec", "umelec", "előadó", "interpretul", "artistul",
        "καλλιτέχνης", "εκτελεστής", "изпълнител", "izvođač", "izvajalec", "извођач", "الفنان",
        "فنان", "المغني", "אמן", "מבצע", "خواننده", "هنرمند", "कलाकार", "गायक", "ศิลปิน",
        "นักร้อง", "nghệ sĩ", "ca sĩ", "artis", "penyanyi", "intèrpret", "nom de l artista",
        "artist name 1", "name des künstlers 1",
        "master metadata album artist name", "album artist",
        "album artist name s", "album artist name", "albuminterpret", "channel",
        "channel name", "user username", "uploader", "uploader name", "video channel",
    ),
    "album": (
        "album name", "album", "album title", "album text", "release", "release name",
        "albumtitel", "titre de l album", "álbum", "título del álbum",
        "título do álbum", "titolo album", "disco", "master metadata album album name",
        "альбом", "albüm", "アルバム", "专辑", "專輯", "앨범", "albumnavn", "albumi", "název alba",
        "názov albumu", "album címe", "albumul", "άλμπουμ", "албум", "الألبوم", "אלבום",
        "آلبوم", "एल्बम", "อัลบั้ม", "àlbum",
    ),
    "playlist": (
        "playlist name", "playlist", "playlist title", "wiedergabeliste", "lista",
        "плейлист", "プレイリスト", "播放列表", "재생목록",
    ),
    "isrc": (
        "isrc", "isrc code", "external ids isrc", "track isrc", "isrcs",
    ),
    "uri": (
        "track uri", "spotify uri", "track id", "spotify id", "spotify track id", "uri",
        "spotify track uri", "spotify url", "identifier", "track url", "song url",
        "url", "link", "spotify link", "song link", "track link", "href", "uris", "spotify",
    ),
    "year": (
        "year", "release year", "release date", "album release date", "released",
        "release date year", "jahr", "erscheinungsjahr", "année", "año", "ano", "anno",
        "jaar", "rok", "år", "vuosi", "év", "an", "έτος", "година", "godina", "السنة", "שנה",
        "سال", "वर्ष", "ปี", "năm", "tahun", "any", "год", "рік", "yıl", "年", "年份", "연도",
    ),
    "duration": (
        "duration ms", "track duration ms", "duration", "track duration",
        "duration seconds", "duration sec", "duration s", "length", "track length",
        "length ms", "length seconds", "total time", "time", "dauer", "länge", "durée",
        "duración", "duração", "durata", "duur", "czas", "długość", "längd",
        "длительность", "тривалість", "süre", "再生時間", "时长", "길이", "varighed", "varighet",
        "kesto", "délka", "dĺžka", "hossz", "durată", "διάρκεια", "продължителност", "trajanje",
        "المدة", "משך", "مدت", "अवधि", "ความยาว", "thời lượng", "durasi", "durada",
    ),
    "removed": (
        "removed",
    ),
    "deezer id": (
        "deezer id",
    ),
    "video id": (
        "video id",
    ),
}  # fmt: skip
