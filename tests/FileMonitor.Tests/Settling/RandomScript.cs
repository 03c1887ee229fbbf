using System.Globalization;

namespace FileMonitor.Tests.Settling;

/// <summary>
/// What programs do to files, at random but with few names, so that the same ones are hit again and again. It is made of the steps that
/// <see cref="MonitoredTree.PlayAsync"/> understands, so that a seed that fails can be cut down by hand.
/// </summary>
internal sealed class RandomScript(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<string> _hints = [];

    /// <summary>The next operation: one step or several, separated by semicolons. The tree may refuse it.</summary>
    public string NextOperation()
    {
        var (path, other) = (Name(), Name());
        var (operation, hint) = _random.Next(15) switch
        {
            0 or 1 => ($"write {path} {_random.Next(3)}", $"hint Modified {path}"),
            2 => ($"append {path} +", $"hint Modified {path}"),
            3 or 4 => ($"write {other} {_random.Next(3, 6)}; mv {other} {path}", $"hint Renamed {path} {other}"),
            5 or 6 or 7 => ($"mv {path} {other}", $"hint Renamed {other} {path}"),
            8 => ($"mkdir {path}", $"hint Created {path}"),
            9 or 10 => ($"rm -r {path}", $"hint Deleted {path}"),
            11 => ($"ln {path} to{_random.Next(3)}", $"hint Created {path}"),
            12 => ($"rm -r {path}; mkdir {path}", $"hint Created {path}"),
            13 => ($"mv {path} t; mv {other} {path}; mv t {other}", $"hint Renamed {other} t"),
            _ => ($"rm -r {path}; write {path} 7", $"hint Modified {path}"),
        };
        _hints.Add(hint);
        return operation;
    }

    /// <summary>What happens between operations: time passes, or something is said again, as watchers do, also late.</summary>
    public string NextPause() => _random.Next(24) switch
    {
        0 => "wait",
        1 => $"advance {_random.Next(1, 250).ToString(CultureInfo.InvariantCulture)}",
        2 or 3 => "yield",
        4 or 5 => _hints[^1],
        6 => _hints[_random.Next(_hints.Count)],
        _ => "",
    };

    private string Name() => string.Join('/', Enumerable.Range(0, _random.Next(1, 4)).Select(_ => "abcd"[_random.Next(4)]));
}
