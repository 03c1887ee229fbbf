using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("\u001b[2Jx", @"\x1b[2Jx")]         // clears the screen
    [InlineData("a\nb\r\tc", @"a\x0ab\x0d\x09c")]   // forges a line
    [InlineData("\u0000\u007f", @"\x00\x7f")]
    [InlineData("\u009b31m", @"\x9b31m")]           // the one-byte form of ESC [
    [InlineData("\u202Egpj.exe", @"\u202egpj.exe")] // shown as exe.jpg
    [InlineData("\u202a\u202b\u202c\u202d", @"\u202a\u202b\u202c\u202d")]
    [InlineData("\u2066\u2067\u2068\u2069", @"\u2066\u2067\u2068\u2069")]
    [InlineData("\u200e\u200f\u061c", @"\u200e\u200f\u061c")]
    [InlineData("a\u2028b\u2029c\u0085d", @"a\u2028b\u2029c\x85d")]
    [InlineData("\ufeffa\u200bb", @"\ufeffa\u200bb")]
    [InlineData("\U000E0041", @"\U000e0041")]       // an invisible tag
    public void What_would_act_on_a_terminal_is_shown(string hostile, string shown) =>
        Assert.Equal(shown, TerminalText.Neutralise(hostile));

    [Theory]
    [InlineData('\ud800')]
    [InlineData('\udc80')]                          // stands for the byte 80
    [InlineData('\udcff')]
    public void Half_a_surrogate_pair_is_shown(char half)
    {
        Assert.Equal($"a\\u{(int)half:x4}", TerminalText.Neutralise("a" + half));
        Assert.Equal($"\\u{(int)half:x4}b", TerminalText.Neutralise(half + "b"));
    }

    [Theory]
    [InlineData("plain name.txt")]
    [InlineData("")]
    [InlineData(@"C:\Users\x")]
    [InlineData("ünïcode, 日本語, עברית, 🎉")]
    [InlineData("👩‍👧")]                            // held together by a zero-width joiner
    [InlineData("[red]markup[/] [[]]")]
    public void Names_that_people_use_stay_as_they_are(string name) =>
        Assert.Equal(name, TerminalText.Neutralise(name));

    [Fact]
    public void Nothing_is_copied_when_nothing_is_to_be_done()
    {
        var name = new string('a', 100);

        Assert.Same(name, TerminalText.Neutralise(name));
    }
}
