using System.Globalization;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>
/// One case of <c>behaviour.txt</c>: what is there before, what is done, what must be said. How a case is written stands at the top of that file.
/// </summary>
/// <remarks>Immutable. A section may be given for one source only, <c>expect(Polling):</c>, and then stands instead of the one for all.</remarks>
internal sealed class BehaviourCase
{
    private const string Resource = "FileMonitor.AcceptanceTests.Cases.behaviour.txt";

    private static readonly string[] SectionNames = ["given", "options", "do", "expect", "or", "counter"];
    private static readonly string[] Expectations = ["expect", "or"];

    private readonly List<(string Name, List<string> Lines)> _sections = [];

    private BehaviourCase(int number, string name) => (Number, Name) = (number, name);

    public static IReadOnlyList<BehaviourCase> All { get; } = [.. Read()];

    public int Number { get; }

    public string Name { get; }

    public IReadOnlyList<string> Given => Section("given");

    public IReadOnlyList<string> Options => Section("options");

    public IReadOnlyList<string> Do => Section("do");

    public static BehaviourCase Named(string title) => All.Single(one => one.ToString() == title);

    /// <summary>What may be said: one expectation, or several of which one must hold.</summary>
    public IReadOnlyList<Expectation> ExpectedOf(CaseSource source) =>
        [.. Expectations.SelectMany(section => Sections(section, source)).Select(lines => new Expectation(lines))];

    /// <summary>Counters that must have a value, as in <c>Transient 1</c>.</summary>
    public IReadOnlyList<string> CountersOf(CaseSource source) => [.. Sections("counter", source).SelectMany(lines => lines)];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number} {Name}");

    private IEnumerable<List<string>> Sections(string name, CaseSource source)
    {
        // A source with an expectation of its own has nothing to do with the alternatives of the others.
        var own = $"{name}({source})";
        var isOwn = Has(own) || (name == "or" && Has($"expect({source})"));
        return Sections(isOwn ? own : name);
    }

    private IEnumerable<List<string>> Sections(string name) => _sections.Where(section => section.Name == name).Select(section => section.Lines);

    private List<string> Section(string name) => Sections(name).SingleOrDefault([]);

    private bool Has(string name) => Sections(name).Any();

    private static IEnumerable<BehaviourCase> Read()
    {
        using var stream = typeof(BehaviourCase).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        BehaviourCase? current = null;
        List<string>? section = null;
        while (reader.ReadLine() is { } line)
        {
            line = line.Trim();
            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            if (line[0] == '#')
            {
                if (current is not null)
                {
                    yield return current;
                }

                var title = line[1..].Trim().Split(' ', 2);
                (current, section) = (new BehaviourCase(int.Parse(title[0], CultureInfo.InvariantCulture), title[1]), null);
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && SectionNames.Contains(line[..colon].Split('(')[0]))
            {
                current!._sections.Add((line[..colon], section = []));
                line = line[(colon + 1)..];
            }

            (section ?? throw new FormatException($"'{line}' stands in no section.")).AddRange(
                line.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }

        yield return current!;
    }
}

/// <summary>Who tells the monitor that something happened.</summary>
public enum CaseSource
{
    /// <summary>On every system.</summary>
    FileSystemWatcher,

    /// <summary>The kernel of Linux, asked directly.</summary>
    Inotify,

    /// <summary>The same for whole file systems.</summary>
    Fanotify,

    /// <summary>Sees two states of the tree and nothing in between.</summary>
    Polling,

    /// <summary>A source that the host wrote. It cannot be flushed, so hints and comparison race: only what they add up to is certain.</summary>
    OfTheHost,
}
