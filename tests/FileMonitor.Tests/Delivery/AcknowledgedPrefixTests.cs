using FileMonitor.Delivery;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Delivery;

public sealed class AcknowledgedPrefixTests
{
    [Fact]
    public void The_place_moves_over_what_is_acknowledged_without_a_hole()
    {
        var prefix = new AcknowledgedPrefix(10);
        foreach (var told in new long[] { 11, 12, 14, 15 })
        {
            prefix.Told(told);
        }

        prefix.Acknowledge(14).Should().BeFalse();
        prefix.Acknowledged.Should().Be(10);
        prefix.Acknowledge(11).Should().BeTrue();
        prefix.Acknowledged.Should().Be(11);
        prefix.Acknowledge(12).Should().BeTrue();
        prefix.Acknowledged.Should().Be(14, "14 was acknowledged before, and there is no 13");
        prefix.Outstanding.Should().Be(1);
    }

    [Fact]
    public void What_was_not_told_or_is_acknowledged_twice_changes_nothing()
    {
        var prefix = new AcknowledgedPrefix(0);
        prefix.Acknowledge(5).Should().BeFalse();
        prefix.Told(1);
        prefix.Told(2);

        prefix.Acknowledge(7).Should().BeFalse();
        prefix.Acknowledge(1).Should().BeTrue();
        prefix.Acknowledge(1).Should().BeFalse();
        prefix.Acknowledged.Should().Be(1);
        prefix.Told(7);
        prefix.Acknowledge(2).Should().BeTrue();
        prefix.Acknowledged.Should().Be(2, "7 was acknowledged before it was told, which counts for nothing");
    }

    [Fact]
    public void After_a_rewind_all_of_it_is_told_again()
    {
        var prefix = new AcknowledgedPrefix(0);
        prefix.Told(1);
        prefix.Told(2);
        prefix.Acknowledge(2);
        prefix.Rewind();

        prefix.Outstanding.Should().Be(0);
        prefix.Acknowledged.Should().Be(0);
        prefix.Told(1);
        prefix.Told(2);
        prefix.Acknowledge(1).Should().BeTrue();
        prefix.Acknowledged.Should().Be(1);
    }
}
