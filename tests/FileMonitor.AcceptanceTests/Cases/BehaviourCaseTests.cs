using System.Globalization;
using FluentAssertions;
using Xunit;
using Xunit.Sdk;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>Every case of <c>behaviour.txt</c>, with every source.</summary>
public sealed class BehaviourCaseTests
{
    private const string Gaps = "gaps";

    public static TheoryData<string, CaseSource> Cases { get; } =
        [.. from one in BehaviourCase.All from source in Enum.GetValues<CaseSource>() select (one.ToString(), source)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_says_what_happened(string title, CaseSource source)
    {
        if (source != CaseSource.OfTheHost)
        {
            await TestSources.SkipUnlessUsableAsync(KindOf(source));
        }

        var behaviour = BehaviourCase.Named(title);
        if (title.EndsWith("directory-renamed-step-by-step", StringComparison.Ordinal))
        {
            SystemLimits.SkipWhereRenamedDirectoriesKeepTheirNames(KindOf(source));
        }

        CaseDisk? disk = null;
        await using var watched = await WatchedDirectory.StartAsync(
            fresh => RunAll(disk = new CaseDisk(fresh), behaviour.Given),
            options => Configure(options, behaviour, source),
            components => components.Source = source == CaseSource.OfTheHost ? () => new HostSource() : null);

        foreach (var step in behaviour.Do)
        {
            if (step == "settle")
            {
                await watched.FlushAsync();
            }
            else
            {
                disk!.Run(step);
            }
        }

        var events = await watched.SettledAsync(replays: !behaviour.Options.Any(option => option.StartsWith("ignore", StringComparison.Ordinal)));

        if (behaviour.Options.Contains(Gaps))
        {
            events = [.. events.Where(one => one.Kind != AuditEventKind.Gap)];
        }

        if (source != CaseSource.OfTheHost)
        {
            CompareWith(behaviour, source, events, disk!);
            CompareWith(behaviour.CountersOf(source), watched.Monitor.GetHealth().Counters);
        }
    }

    private static ChangeSourceKind KindOf(CaseSource source) =>
        source == CaseSource.OfTheHost ? ChangeSourceKind.FileSystemWatcher : Enum.Parse<ChangeSourceKind>(source.ToString());

    private static void RunAll(CaseDisk disk, IReadOnlyList<string> steps)
    {
        foreach (var step in steps)
        {
            disk.Run(step);
        }
    }

    private static void Configure(FileMonitorOptions options, BehaviourCase behaviour, CaseSource source)
    {
        WatchedDirectory.OneWindow(options);
        options.Source = KindOf(source);

        // Longer than a test: it looks when it is flushed, so that what it sees does not depend on the machine.
        options.Polling.Interval = TimeSpan.FromHours(1);
        foreach (var option in behaviour.Options)
        {
            switch (Words.Of(option))
            {
                case ["transients"]:
                    options.Report.Transients = true;
                    break;
                case ["finished"]:
                    // A file that its writer closed is looked at at once, while everything else still waits.
                    options.Debounce.FinishedDelay = TimeSpan.Zero;
                    break;
                case ["attributes"]:
                    options.Report.AttributeChanges = ItemAttributes.AllMetadata;
                    break;
                case ["ignore", var pattern]:
                    // The baseline would be fewer events than there are items.
                    options.Report.Baseline = false;
                    options.Roots[0].Ignore.Add(pattern);
                    break;
                case [Gaps]:
                    break;
                default:
                    throw new FormatException($"'{option}' is no option.");
            }
        }
    }

    private static void CompareWith(BehaviourCase behaviour, CaseSource source, IReadOnlyList<AuditEvent> events, CaseDisk disk)
    {
        var expected = behaviour.ExpectedOf(source);
        if (!expected.Any(one => one.IsMetBy(events)))
        {
            var got = events.Count == 0 ? "    nothing" : string.Join('\n', events.Select(one => $"    {disk.Describe(one)}"));
            throw new XunitException(
                $"{behaviour}, with {source}\n  given: {string.Join("; ", behaviour.Given)}\n  do: {string.Join("; ", behaviour.Do)}\n"
                + $"  expected:\n{string.Join("\n  or:\n", expected)}\n  got:\n{got}");
        }
    }

    private static void CompareWith(IReadOnlyList<string> expected, MonitorCounters counters)
    {
        foreach (var line in expected)
        {
            var words = Words.Of(line);
            typeof(MonitorCounters).GetProperty(words[0])!.GetValue(counters).Should().Be(long.Parse(words[1], CultureInfo.InvariantCulture), line);
        }
    }
}
