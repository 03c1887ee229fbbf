using FileMonitor.RabbitMq.Publishing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>The queue of a host: other programs compute the same, so the values are held.</summary>
public sealed class HostQueueTests
{
    [Theory]
    [InlineData("web1", 4, 2)]
    [InlineData("web1", 7, 3)]
    [InlineData("web1", 1, 0)]
    [InlineData("db-1.example.com", 4, 2)]
    [InlineData("m\u00fcsli", 4, 1)]
    [InlineData("a", 1024, 274)]
    public void It_is_the_hash_of_the_name(string host, int queues, int number) => HostQueue.NumberOf(host, queues).Should().Be(number);

    [Fact]
    public void Hosts_are_spread() =>
        Enumerable.Range(0, 1000).Select(host => HostQueue.NumberOf($"host{host}", 4)).GroupBy(number => number).Should().HaveCount(4).And.OnlyContain(queue => queue.Count() > 200);
}
