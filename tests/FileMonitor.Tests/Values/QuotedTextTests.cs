using System.Globalization;
using System.Text;
using FileMonitor.Values;
using Xunit;

namespace FileMonitor.Tests.Values;

public sealed class QuotedTextTests
{
    private const int Names = 20_000;

    // What means something in a line, to a terminal, to the escapes, or looks like a blank; bytes that are not UTF-8; half pairs.
    private static readonly string[] Pieces =
    [
        "a", "b", " ", "  ", "\\", "\"", "'", "\n", "\r", "\t", "\e", "\a", "\0", "\u007f", "\u0085", "\u009b", "\u00a0", "\u3000", "\u2028", "\u202e", "\u200d", "\ufeff",
        "\U000e0041", "\u3164", "\u2800", "\ue000", "x0a", "u202e", "ü", "日", "🎉", " → ", "→", "/", "(pid 1)", "\udc80", "\udcff", "\ud800", "\udfff",
    ];

    [Theory]
    [InlineData("plain name.txt")]
    [InlineData("ünïcode, 日本語, עברית, 🎉")]
    [InlineData("👩‍👧")]
    [InlineData("it's 'so' (called) [red]")]
    [InlineData("a→b")]
    public void Names_that_people_use_stay_as_they_are(string name) => Assert.Equal(name, QuotedText.Quote(name));

    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("a\nb", "\"a\\nb\"")]
    [InlineData("a\\x0ab", "\"a\\\\x0ab\"")]               // printed the same line as the one before
    [InlineData("say \"hi\"", "\"say \\x22hi\\x22\"")]
    [InlineData("a  0 B  e3b0c44298fc", "\"a  0 B  e3b0c44298fc\"")]
    [InlineData(" a", "\" a\"")]
    [InlineData("a ", "\"a \"")]
    [InlineData("old → new", "\"old → new\"")]
    [InlineData("\u001b[2J\u0007", "\"\\x1b[2J\\x07\"")]
    [InlineData("\u009b31m", "\"\\u009b31m\"")]
    [InlineData("\u202Egpj.exe", "\"\\u202egpj.exe\"")]
    [InlineData("a\u00a0b", "\"a\\u00a0b\"")]
    [InlineData("\U000E0041", "\"\\U000e0041\"")]
    public void What_could_be_mistaken_stands_between_quotes(string name, string shown) => Assert.Equal(shown, QuotedText.Quote(name));

    [Theory]
    [InlineData('\udcff', "\"a\\xffb\"")]
    [InlineData('\udc80', "\"a\\x80b\"")]
    [InlineData('\ud800', "\"a\\ud800b\"")]
    public void Bytes_that_are_not_utf8_and_half_pairs_are_shown(char half, string shown) => Assert.Equal(shown, QuotedText.Quote($"a{half}b"));

    [Fact]
    public void What_means_something_where_it_stands_is_quoted_there_only()
    {
        Assert.Equal("/opt/a b", QuotedText.Quote("/opt/a b"));
        Assert.Equal("\"/opt/a b\"", QuotedText.Quote("/opt/a b", " (),"));
    }

    [Fact]
    public void Every_name_is_read_back_and_acts_on_nothing()
    {
        var random = new Random(1);
        for (var count = 0; count < Names; count++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            var shown = QuotedText.Quote(name);

            Assert.Equal(name, Read(shown));
            Assert.DoesNotContain(shown.EnumerateRunes(), rune => TerminalText.Acts(rune) || (rune.Value == 0xFFFD && !name.Contains('\uFFFD', StringComparison.Ordinal)));

            // What is not quoted has nothing that ends a column, and never looks quoted.
            if (!shown.StartsWith('"'))
            {
                Assert.DoesNotContain("  ", shown, StringComparison.Ordinal);
                Assert.Equal(shown.Trim(), shown);
                Assert.DoesNotContain('"', shown);
            }
        }
    }

    [Fact]
    public void Bash_reads_it_back()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/bash"), "bash");
        const string Name = "a\n\\\"\u001b\t\r\u202e\u0085ü\udcff\U000e0041";

        using var bash = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/bash", ["-c", "printf '%b' \"$1\" | od -An -v -tx1 | tr -d ' \\n'", "bash", QuotedText.Quote(Name)[1..^1]])
        {
            RedirectStandardOutput = true,
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        })!;
        var bytes = new byte[100];
        var length = PathText.Encode(Name, bytes);

        Assert.Equal(Convert.ToHexStringLower(bytes.AsSpan(..length)), bash.StandardOutput.ReadToEnd());
    }

    /// <summary>The way back, as the documents describe it.</summary>
    private static string Read(string shown)
    {
        if (!shown.StartsWith('"'))
        {
            return shown;
        }

        Assert.EndsWith("\"", shown, StringComparison.Ordinal);
        var name = new StringBuilder();
        for (var at = 1; at < shown.Length - 1; at++)
        {
            if (shown[at] != '\\')
            {
                Assert.NotEqual('"', shown[at]);
                name.Append(shown[at]);
                continue;
            }

            var digits = shown[++at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits == 0)
            {
                name.Append(shown[at] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var itself => itself });
                continue;
            }

            var value = int.Parse(shown.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            name.Append(digits switch { 2 when value >= 0x80 => ((char)(0xDC00 + value)).ToString(), 8 => new Rune(value).ToString(), _ => ((char)value).ToString() });
            at += digits;
        }

        return name.ToString();
    }
}
