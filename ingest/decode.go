package ingest

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	xunicode "golang.org/x/text/encoding/unicode"

	"xiaohe/knowledge"
)

// maxUndecodable is the share of characters that may be unreadable before a file counts as no text at all.
const maxUndecodable = 0.005

// decode turns the bytes of a text file into UTF-8. A page that declares gb2312 is GB18030 in practice, so
// whatever is not Unicode is read as GB18030, which holds GBK and GB2312.
func decode(data []byte) (string, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return "", &knowledge.InputError{Message: "文件是空的"}
	}
	text, err := unicodeOrGB(data).NewDecoder().String(string(data))
	if err != nil || undecodable(text) > maxUndecodable {
		return "", &knowledge.InputError{Message: "不是文字文件，或编码认不出（支持 UTF-8、UTF-16、GB18030/GBK/GB2312）"}
	}
	return text, nil
}

func unicodeOrGB(data []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM)
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return xunicode.UTF16(xunicode.BigEndian, xunicode.ExpectBOM)
	case utf8.Valid(data):
		return xunicode.UTF8BOM
	default:
		return simplifiedchinese.GB18030
	}
}

// undecodable is the share of characters that no text holds: replacement characters, controls, private use.
func undecodable(text string) float64 {
	var bad, all int
	for _, r := range text {
		all++
		if r == utf8.RuneError || unicode.Is(unicode.Co, r) || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			bad++
		}
	}
	return float64(bad) / float64(max(all, 1))
}
