using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using FileMonitor.Agent.Events;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Agent.Tests.Events;

/// <summary>Eight readers during a storm, one of which does not read. No other test may run meanwhile: the memory of the process is looked at.</summary>
[CollectionDefinition(nameof(LoadTests), DisableParallelization = true)]
[Collection(nameof(LoadTests))]
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int Files = 50_000;
    private const int Directories = 50;
    private const int Readers = 7;

    // The monitor keeps what it knows of 50,000 files, and the buffer its 8,192 events: some 17 MB. What the slow reader misses, kept for it
    // alone, would be 23 MB more.
    private const long MostGrowth = 28 * 1024 * 1024;

    [Fact]
    public async Task Seven_readers_get_every_event_of_a_storm_while_the_eighth_does_not_read_and_memory_stays_bounded()
    {
        var root = Directory.CreateTempSubdirectory("agent-").FullName;
        for (var directory = 0; directory < Directories; directory++)
        {
            Directory.CreateDirectory(Path.Join(root, $"{directory}"));
        }

        await using var agent = await RunningAgent.StartAsync(
            new Dictionary<string, string?>
            {
                ["Agent:EventBuffer"] = "8192",

                ["Agent:ReaderPatience"] = "00:00:03",

                // A machine that stalls between the system calls of a write must not make two changes of it.
                ["FileMonitor:Monitors:default:Debounce:QuietPeriod"] = "00:01:00",
                ["FileMonitor:Monitors:default:Debounce:MaxDelay"] = "00:01:00",
            },
            root: root);
        var buffer = agent.Services.GetRequiredService<EventBuffer>();
        using var stuck = await RawConnection.OpenAsync(agent.Address, receiveBuffer: 16 * 1024);
        await stuck.SendAsync("GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n");
        var readers = Enumerable.Range(0, Readers).Select(_ => Task.Run(() => ReadCreatedAsync(agent), TestContext.Current.CancellationToken)).ToList();
        await Wait.UntilAsync(() => buffer.GetState().Readers >= Readers + 1);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var began = Stopwatch.GetTimestamp();
        for (var file = 0; file < Files; file++)
        {
            await File.WriteAllBytesAsync(Path.Join(root, $"{file % Directories}/{file}"), [(byte)file], TestContext.Current.CancellationToken);
        }

        var written = Stopwatch.GetElapsedTime(began);
        await agent.Monitor.FlushAsync(TestContext.Current.CancellationToken);
        var all = await Task.WhenAll(readers);
        var delivered = Stopwatch.GetElapsedTime(began);
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.All(all, seen => Assert.True(seen.All(times => times == 1), $"{seen.Count(times => times > 0)} files, {seen.Sum(times => times)} events"));
        Assert.Equal(8_192, buffer.GetState().Buffered);

        // Now it reads, from what the system kept for it up to where it was left behind.
        var late = new StreamedEvents(PipeReader.Create(stuck.Read()));
        while (await late.NextAsync() is { } next && !next.StartsWith("{\"missed\"", StringComparison.Ordinal))
        {
        }

        var missed = JsonDocument.Parse(late.Last).RootElement.GetProperty("missed").GetInt64();
        Assert.Equal(Files - 8_192 - late.Events + 1, missed);
        for (var rest = 0; rest < 8_192; rest++)
        {
            Assert.Contains("\"kind\":\"Created\"", await late.NextAsync(), StringComparison.Ordinal);
        }

        output.WriteLine($"{Files} files written in {written.TotalSeconds:F1} s, with all readers after {delivered.TotalSeconds:F1} s; heap {before / 1e6:F1} MB before, {growth / 1e6:F1} MB more after; the slow reader missed {missed}.");
        Assert.InRange(growth, long.MinValue, MostGrowth);
    }

    /// <summary>Which files one reader was told of, and how often, until it has been told of all.</summary>
    private static async Task<byte[]> ReadCreatedAsync(RunningAgent agent)
    {
        var seen = new byte[Files];
        using var connection = await RawConnection.OpenAsync(agent.Address);
        await connection.SendAsync("GET /events HTTP/1.0\r\nHost: localhost\r\n\r\n");
        var events = new StreamedEvents(PipeReader.Create(connection.Read()));
        for (var files = 0; files < Files && await events.NextAsync() is { } data;)
        {
            Assert.StartsWith("{\"id\":", data, StringComparison.Ordinal);
            var told = JsonDocument.Parse(data).RootElement;
            Assert.Equal("Created", told.GetProperty("kind").GetString());
            Assert.Equal("Computed", told.GetProperty("checksumStatus").GetString());
            var file = int.Parse(told.GetProperty("relativePath").GetString()!.Split('/')[1], System.Globalization.CultureInfo.InvariantCulture);
            files += seen[file]++ == 0 ? 1 : 0;
        }

        return seen;
    }

    /// <summary>The data of one event after the other, off the wire. Version 1.0 of HTTP knows no chunks, which may end anywhere.</summary>
    private sealed class StreamedEvents(PipeReader wire)
    {
        public int Events { get; private set; }

        public string Last { get; private set; } = "";

        public async Task<string?> NextAsync()
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            while (true)
            {
                var read = await wire.ReadAsync(deadline.Token);
                var left = read.Buffer;
                while (TryReadLine(ref left, out var line))
                {
                    if (line.StartsWith("data: ", StringComparison.Ordinal))
                    {
                        wire.AdvanceTo(left.Start);
                        Events++;
                        return Last = line[6..];
                    }
                }

                wire.AdvanceTo(left.Start, left.End);
                if (read.IsCompleted)
                {
                    return null;
                }
            }
        }

        private static bool TryReadLine(ref ReadOnlySequence<byte> left, out string line)
        {
            var reader = new SequenceReader<byte>(left);
            if (!reader.TryReadTo(out ReadOnlySequence<byte> bytes, (byte)'\n'))
            {
                line = "";
                return false;
            }

            line = Encoding.ASCII.GetString(bytes);
            left = left.Slice(reader.Position);
            return true;
        }
    }
}
