using FileMonitor.Settling;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class EventRateTests
{
    private const long Second = 1000;

    [Fact]
    public void Without_a_limit_there_is_always_room()
    {
        var rate = new EventRate(0, Second);
        Spend(rate, 1_000_000);

        rate.IsLimited.Should().BeFalse();
        rate.HasRoom(1, 0).Should().BeTrue();
    }

    [Fact]
    public void One_second_worth_may_come_at_once()
    {
        var rate = new EventRate(10, Second);
        rate.HasRoom(1, 0).Should().BeTrue();
        Spend(rate, 9);
        rate.HasRoom(1, 0).Should().BeTrue();
        Spend(rate, 1);
        rate.HasRoom(1, 0).Should().BeFalse();
    }

    [Fact]
    public void Room_comes_back_evenly_and_when_it_was_said_to()
    {
        var rate = new EventRate(10, Second);
        rate.HasRoom(1, 0);
        Spend(rate, 10);
        rate.HasRoom(1, 0);

        rate.NextRoom(1, 0).Should().Be(101);
        rate.HasRoom(100, 0).Should().BeFalse();
        rate.HasRoom(101, 0).Should().BeTrue();
        Spend(rate, 1);
        rate.HasRoom(101, 0).Should().BeFalse();
    }

    [Fact]
    public void A_debt_is_paid_before_there_is_room()
    {
        var rate = new EventRate(10, Second);
        rate.HasRoom(1, 0);
        Spend(rate, 30);

        rate.HasRoom(2001, 0).Should().BeFalse();
        rate.NextRoom(2001, 0).Should().Be(2101);
        rate.HasRoom(2101, 0).Should().BeTrue();
    }

    [Fact]
    public void What_is_under_way_needs_room_too()
    {
        var rate = new EventRate(10, Second);
        rate.HasRoom(1, underWay: 9).Should().BeTrue();
        rate.HasRoom(1, underWay: 10).Should().BeFalse();
        rate.NextRoom(1, underWay: 10).Should().Be(101);
    }

    [Fact]
    public void A_long_silence_saves_up_no_more_than_a_second()
    {
        var rate = new EventRate(10, Second);
        rate.HasRoom(1, 0);
        rate.HasRoom(100_000, 0).Should().BeTrue();
        Spend(rate, 10);
        rate.HasRoom(100_000, 0).Should().BeFalse();
    }

    [Fact]
    public void In_the_long_run_the_rate_is_kept()
    {
        var rate = new EventRate(7, Second);
        var emitted = 0;
        for (var now = 1L; now <= 100 * Second; now += 13)
        {
            while (rate.HasRoom(now, 0))
            {
                rate.Spend();
                emitted++;
            }
        }

        emitted.Should().BeInRange(7 * 100, (7 * 100) + 7);
    }

    private static void Spend(EventRate rate, int times)
    {
        for (var time = 0; time < times; time++)
        {
            rate.Spend();
        }
    }
}
