using FileMonitor.RabbitMq.Publishing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>The pauses between attempts.</summary>
public sealed class BackoffTests
{
    [Theory]
    [InlineData(1.0, new[] { 200, 400, 800, 1000, 1000 })]
    [InlineData(0.0, new[] { 100, 200, 400, 500, 500 })]
    public void Pauses_double_up_to_the_longest(double chance, int[] milliseconds)
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), () => chance);

        milliseconds.Select(_ => backoff.Next().TotalMilliseconds).Should().Equal(milliseconds.Select(one => (double)one));
    }

    [Fact]
    public void They_begin_anew_when_something_works()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1), () => 1);
        backoff.Next();
        backoff.Next();

        backoff.Reset();

        backoff.Next().Should().Be(TimeSpan.FromMilliseconds(200));
    }
}
