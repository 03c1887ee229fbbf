using System.Globalization;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>The words for what file systems keep of an item besides mode, owner and times. The bytes were written by setfacl, setcap and setfattr on ext4.</summary>
public sealed class ExtendedAttributesTests
{
    private const string Acl = "0200000001000600ffffffff02000700e803000004000400ffffffff10000700ffffffff20000400ffffffff";

    [Theory]
    [InlineData(Acl, "user::rw-,user:1000:rwx,group::r--,mask::rwx,other::r--")]
    [InlineData("0200000001000700ffffffff04000500ffffffff08000000640000001000050000000000200000ffffffffff", "sha256:")]
    [InlineData("02000000", "")]
    [InlineData("03000000", "sha256:")]
    [InlineData("020000000100060000", "sha256:")]
    [InlineData("020000000100080000000000", "sha256:")]
    [InlineData("020000000300060000000000", "sha256:")]
    public void An_access_list_is_told_in_words_or_by_its_digest(string hex, string words) =>
        Of(AttributeText.AccessList, Convert.FromHexString(hex)).AccessControlList.Should().StartWith(words);

    [Theory]
    [InlineData("0100000200040000000000000000000000000000", "cap_net_bind_service=ep")]
    [InlineData("0000000200300000000000000000000000000000", "cap_net_admin,cap_net_raw=p")]
    [InlineData("0100000200040000002000000000000000000000", "cap_net_bind_service=ep cap_net_raw=ei")]
    [InlineData("01000003000400000000000000000000000000 00e8030000", "cap_net_bind_service=ep [rootid=1000]")]
    [InlineData("0000000200000000000000000000000000010000", "cap_checkpoint_restore=i")]
    [InlineData("010000010004000000000000", "cap_net_bind_service=ep")]
    [InlineData("0000000200000000000000000000000000000000", "")]
    [InlineData("01", "sha256:")]
    [InlineData("0100000400040000000000000000000000000000", "sha256:")]
    [InlineData("010000020004000000000000", "sha256:")]
    public void Capabilities_are_told_as_getcap_tells_them(string hex, string words)
    {
        var told = Of(AttributeText.FileCapabilities, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))).Capabilities;
        (words == "sha256:" ? told![..7] : told).Should().Be(words);
    }

    [Fact]
    public void A_label_ends_where_the_kernel_ends_it() =>
        Of(AttributeText.SelinuxLabel, "system_u:object_r:etc_t:s0\0"u8.ToArray()).SecurityLabel.Should().Be("system_u:object_r:etc_t:s0");

    [Fact]
    public void Others_are_told_by_digest_and_what_acts_on_a_terminal_is_written_out()
    {
        var attributes = new ExtendedAttributes(new Dictionary<string, byte[]?>
        {
            ["user.origin"] = "https://example.org"u8.ToArray(),
            ["user.\u001b[31m\\\0\u00ff"] = [],
            ["user.secret"] = null,
            [AttributeText.SmackLabel] = "\u001b[2J"u8.ToArray(),
        });

        attributes.Others.Should().BeEquivalentTo(new Dictionary<string, string?>
        {
            ["user.origin"] = "50d7a905e3046b88638362cc34a31a1ae534766ca55e3aa397951efe653b062b",
            ["user.\\x1b[31m\\x5c\\x00\\xff"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ["user.secret"] = null,
        });
        attributes.SecurityLabel.Should().Be("\\x1b[2J");
        attributes.ToString().Should().MatchRegex("^[ -~]+$");
    }

    [Fact]
    public void However_much_a_user_attaches_the_text_stays_short()
    {
        var many = Enumerable.Range(0, 500).ToDictionary(number => "user." + number.ToString(CultureInfo.InvariantCulture), number => (byte[]?)[1]);
        var before = new ExtendedAttributes(many);
        many["user.499"] = [2];
        many[AttributeText.SelinuxLabel] = new byte[60_000].Select(_ => (byte)'a').ToArray();
        var after = new ExtendedAttributes(many);

        before.Text.Length.Should().BeLessThan(2 * AttributeText.MostChars);
        after.Text.Length.Should().BeLessThan(2 * AttributeText.MostChars);
        before.Others.Should().ContainSingle().Which.Key.Should().Be("*");
        ExtendedAttributes.Changes(before.Text, after.Text).Should().Be(ItemAttributes.OtherExtendedAttributes | ItemAttributes.SecurityLabel);
    }

    [Theory]
    [InlineData("user.a", ItemAttributes.None)]
    [InlineData(AttributeText.SelinuxLabel, ItemAttributes.None)]
    [InlineData("user.new", ItemAttributes.OtherExtendedAttributes)]
    public void A_value_that_may_not_be_read_any_more_stays_as_it_was_known(string unreadable, ItemAttributes changed)
    {
        var before = AttributeText.Of(new Dictionary<string, byte[]?> { ["user.a"] = [1], [AttributeText.SelinuxLabel] = "b_t"u8.ToArray() });
        var now = new Dictionary<string, byte[]?> { ["user.a"] = [1], [AttributeText.SelinuxLabel] = "b_t"u8.ToArray(), [unreadable] = null };

        ExtendedAttributes.Changes(before, AttributeText.Keeping(AttributeText.Of(now), before)).Should().Be(changed);
    }

    [Fact]
    public void Of_too_many_to_keep_one_that_may_not_be_read_is_no_change()
    {
        var many = Enumerable.Range(0, 500).ToDictionary(number => "user." + number.ToString(CultureInfo.InvariantCulture), number => (byte[]?)[1]);
        var before = AttributeText.Of(many);
        many["user.7"] = null;

        AttributeText.Keeping(AttributeText.Of(many), before).Should().Be(before);
    }

    [Fact]
    public void What_changed_is_named()
    {
        var none = new ExtendedAttributes(new Dictionary<string, byte[]?>());
        var all = new ExtendedAttributes(new Dictionary<string, byte[]?>
        {
            [AttributeText.DefaultList] = Convert.FromHexString(Acl),
            [AttributeText.FileCapabilities] = Convert.FromHexString("0100000200040000000000000000000000000000"),
            ["user.a"] = [1],
        });

        ExtendedAttributes.Changes(none.Text, all.Text).Should().Be(ItemAttributes.AccessControlList | ItemAttributes.Capabilities | ItemAttributes.OtherExtendedAttributes);
        ExtendedAttributes.Changes(all.Text, none.Text).Should().Be(ItemAttributes.AccessControlList | ItemAttributes.Capabilities | ItemAttributes.OtherExtendedAttributes);
        ExtendedAttributes.Changes(all.Text, all.Text).Should().Be(ItemAttributes.None);
        (all.DefaultAccessControlList, all.AccessControlList, none.Capabilities).Should().Be(("user::rw-,user:1000:rwx,group::r--,mask::rwx,other::r--", null, null));
        all.Should().NotBe(none).And.Be(new ExtendedAttributes(all.Text));
    }

    private static ExtendedAttributes Of(string name, byte[] value) => new(new Dictionary<string, byte[]?> { [name] = value });
}
