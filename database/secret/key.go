package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"xiaohe/database"
)

// Variable is the environment variable with the key in base64. Servers on one database need the same key.
const Variable = "XIAOHE_SECRET_KEY"

// fileName of the key, in the program's data folder.
const fileName = "secret.key"

// Load returns the box with the key that Variable holds or, where that is empty, of the file secret.key in a folder.
// The file is made the first time. Errors are *database.UserError: Chinese sentences for whoever runs the program.
func Load(environment, folder string) (*Box, error) {
	key, err := loadKey(environment, folder)
	if err != nil {
		return nil, err
	}
	return New(key)
}

// Folder is where the key's file is: the folder that holds the one of the private database. The database's own folder
// belongs to another user where root starts the program.
func Folder(databaseDir string) string { return filepath.Dir(filepath.Clean(databaseDir)) }

func loadKey(environment, folder string) ([]byte, error) {
	if environment != "" {
		key, ok := decode([]byte(environment))
		if !ok {
			return nil, &database.UserError{Message: "环境变量 " + Variable + " 不是密钥：应是 32 个随机字节的 base64，可以用 openssl rand -base64 32 生成"}
		}
		return key, nil
	}
	path := filepath.Join(folder, fileName)
	key, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(folder, path); err == nil || errors.Is(err, fs.ErrExist) { // another process may have been faster
			key, err = read(path)
		}
	}
	var user *database.UserError
	switch {
	case err == nil:
		return key, nil
	case errors.As(err, &user):
		return nil, user
	}
	return nil, &database.UserError{Message: fmt.Sprintf("密钥文件 %s 用不了。请让程序能读写这个文件夹，或者把密钥写进环境变量 %s（可以用 openssl rand -base64 32 生成）", path, Variable), Err: err}
}

// read reads a key's file. One that others can read is no secret, and is refused rather than used.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, &database.UserError{Message: fmt.Sprintf("密钥文件 %s 别的用户也能打开。请先运行 chmod 600 %s", path, path)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, ok := decode(text)
	if !ok {
		return nil, &database.UserError{Message: fmt.Sprintf("密钥文件 %s 坏了。请从备份恢复这个文件；没有备份就删掉它，再重新添加机器人（已登记的回电号码会打不开）", path)}
	}
	return key, nil
}

// create writes a new key. The file appears complete or not at all, and never replaces one.
func create(folder, path string) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "."+fileName+".*") // for this user alone
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = fmt.Fprintln(file, base64.StdEncoding.EncodeToString(NewKey()))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}

func decode(text []byte) ([]byte, bool) {
	plain := strings.TrimRight(string(bytes.TrimSpace(text)), "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if key, err := encoding.DecodeString(plain); err == nil && len(key) == KeySize {
			return key, true
		}
	}
	return nil, false
}
