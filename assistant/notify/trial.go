package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Trial is what came of a test message.
type Trial struct {
	OK      bool
	Code    string // as in notifications.provider_code
	Latency time.Duration
}

// Try sends a test message to a target in use, by its name. The message counts in the target's budget.
func (d *Deliverer) Try(ctx context.Context, name string) (Trial, error) {
	var channel string
	var sealedURL, sealedSecret []byte
	err := d.db.QueryRow(ctx, `UPDATE notify_targets SET `+counted+`
		WHERE name = $1 AND disabled_at IS NULL RETURNING channel, url_sealed, secret_sealed`, name).Scan(&channel, &sealedURL, &sealedSecret)
	if errors.Is(err, pgx.ErrNoRows) {
		return Trial{}, unknown(name)
	}
	if err != nil {
		return Trial{}, fmt.Errorf("find the target: %w", err)
	}
	to, err := open(d.box, channel, sealedURL, sealedSecret)
	if err != nil {
		return Trial{}, err
	}
	began := time.Now()
	v := d.sender.send(ctx, to, message{delivery: uuid.Must(uuid.NewV7()), test: true, base: d.base})
	return Trial{v.outcome == delivered, v.code, time.Since(began)}, nil
}

// explanations say what to do about a code.
var explanations = map[string]string{
	"ok": "已送达", secondChannel: "暂时发不了，已另外通知别的机器人", "no_target": "机器人已停用", "too_late": "过了一天，不再发",
	"key": "密钥打不开它的地址：各台服务器要用同一个密钥，或者停用后重新添加", "address": "地址写得不对，请停用后重新添加",
	"private_address": "地址在内部网络里。确实要用，请在环境变量 " + PrivateVariable + " 里写上这个网段", "certificate": "对方的证书不对",
	"timeout": "对方没有在规定时间内回答", "dns": "找不到这个网址，请检查地址和网络", "connection": "连不上，请检查网络",
	"redirect": "对方让转到别的地址，为了安全没有照办：请填最终的地址", "garbage": "回答的不是机器人，可能被上网认证或代理拦住了",
	"http_401": "对方说签名不对，请检查密钥和这台机器的时间", "http_403": "对方拒绝了，请检查密钥和这台机器的时间",
	"http_404": "没有这个地址，机器人可能已经删掉", "http_429": "发得太多，对方暂时不收",
	"errcode_130101": "发得太多，钉钉暂时不收", "errcode_410100": "发得太多，钉钉暂时不收", "errcode_310000": "钉钉拒绝了：请检查加签密钥、关键词（应含“小禾”）、IP 名单和这台机器的时间",
	"errcode_300005": "钉钉说没有这个机器人，请检查地址", "errcode_19021": "飞书说签名不对，请检查签名密钥和这台机器的时间",
	"errcode_19022": "这台机器不在飞书机器人的 IP 白名单里", "errcode_19024": "请把“小禾”加进飞书机器人的关键词", "errcode_19001": "飞书说没有这个机器人，请检查地址",
	"errcode_93000": "企业微信说没有这个机器人，请检查地址", "errcode_45009": "发得太多，企业微信暂时不收",
}

// PrivateVariable is the environment variable with the networks of AllowPrivate.
const PrivateVariable = "XIAOHE_NOTIFY_NETWORKS"

// Explain says in Chinese what a provider's code means and what to do about it.
func Explain(code string) string {
	if words, known := explanations[code]; known {
		return words
	}
	return "没有送达（" + code + "）"
}
