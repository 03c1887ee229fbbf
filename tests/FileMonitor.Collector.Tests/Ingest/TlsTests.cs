using FileMonitor.Collector.Tests.Services;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Collector.Tests.Ingest;

/// <summary>The collector reads from a broker whose certificate an authority has signed that the process trusts, and from no other.</summary>
[Collection(nameof(Services))]
public sealed class TlsTests(Fleet fleet)
{
    [Fact]
    public async Task Records_arrive_over_tls()
    {
        var place = await fleet.PrepareAsync();
        using var process = CollectorProcess.Start(place with { Brokers = [fleet.TlsAddress] }, Trusting(fleet.AuthorityFiles.Signed));
        await process.UntilReadingAsync();

        await using var publisher = await TestPublisher.OpenAsync(place);
        await publisher.RecordsAsync("alpha", "alpha/filemonitor/1", """{"kind":"Created","path":"/srv/a","occurredAt":"2026-01-01T00:00:00Z"}""");

        await using var database = Npgsql.NpgsqlDataSource.Create(place.ConnectionString);
        await Wait.UntilAsync("the record is stored", async () =>
        {
            await using var command = database.CreateCommand("SELECT count(*) FROM records");
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))! == 1;
        });
        process.Output.Should().Contain($":{fleet.TlsAddress.Port}");
    }

    [Fact]
    public async Task Nothing_is_read_from_a_broker_that_another_authority_vouches_for()
    {
        var place = await fleet.PrepareAsync();
        using var process = CollectorProcess.Start(place with { Brokers = [fleet.TlsAddress] }, Trusting(fleet.AuthorityFiles.Other));

        await Wait.UntilAsync("the collector says why", () => Task.FromResult(process.Output.Contains("certificate", StringComparison.OrdinalIgnoreCase)));
        process.Output.Should().NotContain("reading 2 queues");
    }

    private static Dictionary<string, string> Trusting(string authority) => new() { ["SSL_CERT_FILE"] = authority };
}
