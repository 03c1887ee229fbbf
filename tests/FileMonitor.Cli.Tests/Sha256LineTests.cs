using System.Buffers;
using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class Sha256LineTests
{
    private const string Sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("a.txt", $"{Sum}  a.txt\n")]
    [InlineData(" sp ace ", $"{Sum}   sp ace \n")]
    [InlineData("ünï🎉", $"{Sum}  ünï🎉\n")]
    [InlineData(@"c\d", $@"\{Sum}  c\\d" + "\n")]
    [InlineData("a\nb", $@"\{Sum}  a\nb" + "\n")]
    [InlineData("a\rb\\\n", $@"\{Sum}  a\rb\\\n" + "\n")]
    [InlineData("esc\u001b[31m", $"{Sum}  esc\u001b[31m\n")] // as sha256sum: the bytes, for a file or a pipe
    public void Lines_are_those_of_sha256sum(string name, string line) =>
        Assert.Equal(line, Encoding.UTF8.GetString(Write(name)));

    [Theory]
    [InlineData("esc\u001b[31m", $@"{Sum}  esc\x1b[31m" + "\n")]
    [InlineData("a\nb\u202e", $@"\{Sum}  a\nb\u202e" + "\n")]
    public void A_terminal_gets_nothing_that_acts_on_it(string name, string line) =>
        Assert.Equal(line, Encoding.UTF8.GetString(Write(name, forTerminal: true)));

    [Fact]
    public void Bytes_that_are_not_utf8_become_themselves_again() =>
        Assert.Equal([0xFF, (byte)'a', 0x80, 0xC3, 0xA9, 0xFE], Write("\udcffa\udc80é\udcfe")[66..^1]);

    // Not above: an attribute cannot hold half a surrogate pair.
    [Fact]
    public void A_terminal_is_shown_such_a_byte() =>
        Assert.Equal($@"{Sum}  \xff" + "\n", Encoding.UTF8.GetString(Write("\udcff", forTerminal: true)));

    // U+1F480 is D83D DC80 in UTF-16: its second half looks like the byte 80.
    [Fact]
    public void The_second_half_of_a_real_pair_is_no_byte() =>
        Assert.Equal(Encoding.UTF8.GetBytes("\U0001F480\U0001F4FF"), Write("\U0001F480\U0001F4FF")[66..^1]);

    [Fact]
    public void A_byte_after_a_real_pair_is_still_found() =>
        Assert.Equal([.. Encoding.UTF8.GetBytes("\U0001F480"), 0x80], Write("\U0001F480\udc80")[66..^1]);

    [Theory]
    [InlineData($"{Sum}  a b ", "a b ")]
    [InlineData($"{Sum} *a", "a")]
    [InlineData($"{Sum}  a\r", "a")]
    [InlineData($"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855  a", "a")]
    [InlineData($@"\{Sum}  a\nb\r\\c", "a\nb\r\\c")]
    [InlineData($@"{Sum}  a\nb", @"a\nb")]
    [InlineData($"SHA256 (a (b) = c) = {Sum}", "a (b) = c")]
    [InlineData($@"\SHA256 (a\nb) = {Sum}", "a\nb")]
    public void A_line_is_read_in_each_form_that_sha256sum_writes(string line, string path) =>
        Assert.Equal((Sum, path), Sha256Line.Read(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData(Sum)]
    [InlineData($"{Sum}  ")]
    [InlineData($"{Sum} a")]
    [InlineData($"{Sum}0  a")]
    [InlineData($"g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a")]
    [InlineData($@"\{Sum}  a\tb")]
    [InlineData($@"\{Sum}  a\")]
    [InlineData($"{Sum}  a\0b")]
    [InlineData($"SHA256 (a) = 00")]
    [InlineData($"SHA512 (a) = {Sum}")]
    [InlineData("\\")]
    public void What_is_no_such_line_is_none(string line) => Assert.Null(Sha256Line.Read(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Every_line_that_is_written_is_read_back()
    {
        foreach (var name in new[] { "a", " a ", "\n", "\r\\", "\udcff\U0001F480", "\\", "c:\\d" })
        {
            Assert.Equal((Sum, name), Sha256Line.Read(Write(name).AsSpan()[..^1]));
        }
    }

    private static byte[] Write(string name, bool forTerminal = false)
    {
        var output = new ArrayBufferWriter<byte>();
        Sha256Line.Write(output, Sum, name, forTerminal);
        return output.WrittenSpan.ToArray();
    }
}
