using System.Diagnostics.CodeAnalysis;
using Xunit;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>The tests that need a broker: they share one node, and come one after the other, because a node takes seconds to start and much of a small machine.</summary>
[CollectionDefinition(Name)]
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "It is what xunit calls a collection.")]
public sealed class BrokerCollection : ICollectionFixture<BrokerFixture>
{
    public const string Name = "broker";
}
