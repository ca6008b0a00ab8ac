package web

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/encoding/simplifiedchinese"

	"xiaohe/knowledge/seed"
)

// archive packs the built-in rules and what is added; rename may change the names of all.
func archive(t *testing.T, add map[string][]byte, rename func(*zip.FileHeader)) []byte {
	t.Helper()
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	put := func(name string, text []byte) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if rename != nil {
			rename(header)
		}
		member, err := w.CreateHeader(header)
		must(t, err)
		_, err = member.Write(text)
		must(t, err)
	}
	must(t, fs.WalkDir(seed.Benefits(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || add[name] != nil {
			return err
		}
		text, err := fs.ReadFile(seed.Benefits(), name)
		put(name, text)
		return err
	}))
	for name, text := range add {
		put(name, text)
	}
	must(t, w.Close())
	return data.Bytes()
}

func TestAnArchiveIsReadWhoeverMadeIt(t *testing.T) {
	t.Parallel()
	want, err := unpack(archive(t, nil, nil))
	must(t, err)
	for name, rename := range map[string]func(*zip.FileHeader){
		"of the folder": func(header *zip.FileHeader) { header.Name = "规则/" + header.Name },
		"by Windows": func(header *zip.FileHeader) {
			name, err := simplifiedchinese.GBK.NewEncoder().String("规则\\" + strings.ReplaceAll(header.Name, "/", "\\"))
			must(t, err)
			header.Name, header.NonUTF8 = name, true
		},
	} {
		got, err := unpack(archive(t, map[string][]byte{"__MACOSX/._facts.yaml": {0}, "说明.txt": nil}, rename))
		must(t, err)
		if !maps.EqualFunc(got, want, func(a, b *fstest.MapFile) bool { return bytes.Equal(a.Data, b.Data) }) {
			t.Errorf("%s: read %q", name, slices.Sorted(maps.Keys(got)))
		}
	}
}

func TestAWholeRuleSetIsUploadedAsAnArchive(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.upload(map[string][]byte{"规则.zip": archive(t, map[string][]byte{"cases/没有判例.yaml": nil}, nil)})
	a.wants(t, http.StatusOK, "可以启用")
	sent := d.get("/admin/versions/" + d.active() + "/rules.zip")
	d.upload(map[string][]byte{"下载的.zip": sent.Body}).wants(t, http.StatusOK, "就是正在用的那一版")
}

func TestUploadsThatCannotBeReadAreNamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.active()
	one := func(name string, text []byte) []byte { return archive(t, map[string][]byte{name: text}, nil) }
	for name, c := range map[string]struct {
		files map[string][]byte
		want  string
	}{
		"nothing":             {nil, "请先选要上传的文件"},
		"a Word file":         {map[string][]byte{"规则.docx": []byte("PK")}, "不是规则文件"},
		"no archive":          {map[string][]byte{"a.zip": []byte("这不是压缩包")}, "打不开"},
		"archive and file":    {map[string][]byte{"a.zip": one("x.yaml", nil), "b.yaml": nil}, "不要混着传"},
		"parent folder":       {map[string][]byte{"a.zip": one("../../x.yaml", nil)}, "不安全的文件名"},
		"absolute name":       {map[string][]byte{"a.zip": one("/etc/x.yaml", nil)}, "不安全的文件名"},
		"backslashes":         {map[string][]byte{"a.zip": one(`national\..\..\x.yaml`, nil)}, "不安全的文件名"},
		"drive":               {map[string][]byte{"a.zip": one(`C:\x.yaml`, nil)}, "不安全的文件名"},
		"bomb":                {map[string][]byte{"a.zip": one("national/x.yaml", make([]byte, maxUnpacked))}, "加起来超过"},
		"too large":           {map[string][]byte{"a.yaml": make([]byte, maxUpload)}, "太大了"},
		"damaged archive":     {map[string][]byte{"a.zip": damaged(one("x.yaml", bytes.Repeat([]byte("规则"), 1000)))}, "坏了"},
		"the same file twice": {map[string][]byte{"facts.yaml": nil, "x/facts.yaml": nil}, "传了两个"},
	} {
		t.Run(name, func(t *testing.T) {
			d.upload(c.files).wants(t, http.StatusBadRequest, c.want, "正在用的规则没有变")
		})
	}
	d.upload(map[string][]byte{"latin.yaml": {0xff, 0xfe, 0x00}}).wants(t, http.StatusOK, "不能启用", "UTF-8")
	if d.active() != before {
		t.Error("the rules changed")
	}
}

// damaged changes bytes in the middle of the first member.
func damaged(data []byte) []byte {
	data = bytes.Clone(data)
	for i := range data[200:220] {
		data[200+i] ^= 0xff
	}
	return data
}

func TestAFileWithoutItsFolderFindsItsPlace(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"local/330000/低保.yaml": {}, "cases/孤儿.yaml": {}}
	for name, c := range map[string]struct{ file, text, want string }{
		"table":              {"standards.yaml", "- {标准: 甲}", "standards.yaml"},
		"national rule":      {"孤儿.yaml", "编号: 孤儿基本生活费\n地区: \"100000\"\n", "national/孤儿.yaml"},
		"local change":       {"低保.yaml", "# 说明\n改: 最低生活保障\n地区: \"510000\"\n", "local/510000/低保.yaml"},
		"precedents":         {"新判例.yaml", "# 说明\n- {名称: 甲}\n", "cases/新判例.yaml"},
		"broken, known name": {"低保.yaml", "改：最低生活保障\n", "local/330000/低保.yaml"},
		"broken, new name":   {"新.yaml", "？", "national/新.yaml"},
	} {
		if got := placeOf(sentFile{c.file, []byte(c.text)}, files); got != c.want {
			t.Errorf("%s: %s belongs to %s, want %s", name, c.file, got, c.want)
		}
	}
}
