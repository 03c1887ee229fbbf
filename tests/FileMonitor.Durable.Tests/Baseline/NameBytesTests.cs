using System.Text;
using FileMonitor.Durable.Baseline;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Baseline;

public sealed class NameBytesTests
{
    [Fact]
    public void Every_text_comes_back_and_has_bytes_of_its_own()
    {
        var random = new Random(1);
        char[] some = ['a', '\0', '\u007f', '\u0080', 'é', '\u07ff', '\u0800', '日', '\ud7ff', '\ud800', '\udbff', '\udc00', '\udc80', '\udfff', '\ue000', '\uffff'];
        var seen = new Dictionary<string, string>();
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(6)).Select(_ => some[random.Next(some.Length)])]);
            var bytes = NameBytes.Encode(text);
            NameBytes.Decode(bytes).Should().Be(text);
            seen.TryAdd(Convert.ToHexString(bytes), text);
            seen[Convert.ToHexString(bytes)].Should().Be(text);
        }
    }

    [Theory]
    [InlineData("report.txt")]
    [InlineData("Bericht für 日本語 😀")]
    public void Usual_names_are_utf_8(string name) => NameBytes.Encode(name).Should().Equal(Encoding.UTF8.GetBytes(name));

    [Theory]
    [InlineData("FF")]
    [InlineData("C3")]
    [InlineData("EDA0")]
    [InlineData("ED20A0")]
    [InlineData("C080")]
    public void Bytes_that_no_text_has_are_none(string hex) => NameBytes.Decode(Convert.FromHexString(hex)).Should().BeNull();

    [Fact]
    public void A_name_without_case_is_found_as_a_snapshot_finds_it()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var (text, upper) = (((char)c).ToString(), ((char)c).ToString().ToUpperInvariant());
            text.Equals(upper, StringComparison.OrdinalIgnoreCase).Should().BeTrue("of {0:x4}", c);
            upper.ToUpperInvariant().Should().Be(upper, "of {0:x4}", c);
        }
    }
}
