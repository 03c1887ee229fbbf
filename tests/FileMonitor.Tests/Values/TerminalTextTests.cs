using FileMonitor.Values;
using Xunit;

namespace FileMonitor.Tests.Values;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("\u001b[2Jx", @"\x1b[2Jx")]         // clears the screen
    [InlineData("a\nb\r\tc", @"a\nb\r\tc")]         // forges a line
    [InlineData("\u0000\u007f", @"\x00\x7f")]
    [InlineData("\u009b31m", @"\u009b31m")]         // the one-byte form of ESC [
    [InlineData("\u202Egpj.exe", @"\u202egpj.exe")] // shown as exe.jpg
    [InlineData("\u202a\u202b\u202c\u202d", @"\u202a\u202b\u202c\u202d")]
    [InlineData("\u2066\u2067\u2068\u2069", @"\u2066\u2067\u2068\u2069")]
    [InlineData("\u200e\u200f\u061c", @"\u200e\u200f\u061c")]
    [InlineData("a\u2028b\u2029c\u0085d", @"a\u2028b\u2029c\u0085d")]
    [InlineData("\ufeffa\u200bb", @"\ufeffa\u200bb")]
    [InlineData("\U000E0041", @"\U000e0041")]       // an invisible tag
    [InlineData("a\u115fb\u1160c\u3164d\uffa0", @"a\u115fb\u1160c\u3164d\uffa0")] // letters without a shape
    [InlineData("a\u034fb\u17b4c\u17b5d\u180be", @"a\u034fb\u17b4c\u17b5d\u180be")] // marks without a shape
    [InlineData("a\u2800b", @"a\u2800b")]           // Braille without dots
    [InlineData("a\ufe00b\U000E0100", @"a\ufe00b\U000e0100")] // variation selectors
    [InlineData("\ue000\U000F0000", @"\ue000\U000f0000")] // private use
    [InlineData("\u0378\uffff", @"\u0378\uffff")] // not assigned
    public void What_would_act_on_a_terminal_is_shown(string hostile, string shown) =>
        Assert.Equal(shown, TerminalText.Neutralise(hostile));

    [Theory]
    [InlineData('\ud800', @"\ud800")]
    [InlineData('\udc80', @"\x80")]                  // stands for the byte 80
    [InlineData('\udcff', @"\xff")]
    public void Bytes_that_are_not_utf8_and_half_pairs_are_shown(char half, string shown)
    {
        Assert.Equal("a" + shown, TerminalText.Neutralise("a" + half));
        Assert.Equal(shown + "b", TerminalText.Neutralise(half + "b"));
    }

    // A name in a sentence of ours, which stands without quotes, and the same name in a column of its own.
    [Fact]
    public void What_acts_has_the_escape_that_it_has_between_quotes()
    {
        for (var value = 0; value <= 0xFFFF; value++)
        {
            var name = $"a{(char)value}b";
            if (TerminalText.Neutralise(name) is var shown && shown != name)
            {
                Assert.Equal(QuotedText.Quote(name)[1..^1], shown);
            }
        }
    }

    [Theory]
    [InlineData("plain name.txt")]
    [InlineData("")]
    [InlineData(@"C:\Users\x")]
    [InlineData("ünïcode, 日本語, עברית, 🎉")]
    [InlineData("👩‍👧")]                            // held together by a zero-width joiner
    [InlineData("❤\ufe0f")]                          // coloured by a variation selector
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
