using CsCheck;

namespace FileMonitor.Tests.Replay;

/// <summary>What a source makes of the hints about one operation.</summary>
internal enum HintFate
{
    /// <summary>Says them.</summary>
    Said,

    /// <summary>Says each twice.</summary>
    Repeated,

    /// <summary>Says the last one first.</summary>
    Reversed,

    /// <summary>Says them after those about the next operation.</summary>
    Late,

    /// <summary>Loses them, and says where.</summary>
    Lost,

    /// <summary>Is blind just then, and says so before and after.</summary>
    Unseen,

    /// <summary>Loses them and never knows. A source that may do so cannot answer a flush.</summary>
    Forgotten,
}

/// <summary>One operation on the tree, what becomes of its hints, and whether the monitor is flushed afterwards.</summary>
/// <param name="Operation">Steps of <see cref="MonitoredTree.PlayAsync"/>; the tree may refuse them.</param>
/// <param name="Fate">What becomes of the hints.</param>
/// <param name="Flushes">Whether a flush follows.</param>
internal sealed record HintedStep(string Operation, HintFate Fate, bool Flushes)
{
    private const int Longest = 24;

    // Few and near each other, so that the same ones are hit again and again.
    private static readonly string[] Names = ["a", "b", "c", "a/a", "a/b", "b/a", "b/b", "a/b/a", "b/a/b", "a/a/b/b"];

    private static readonly Gen<string> Name = Gen.Int[0, Names.Length - 1].Select(static which => Names[which]);

    private static readonly Gen<string> AnOperation = Gen.Select(Gen.Int[0, 16], Name, Name, static (which, path, other) => which switch
    {
        0 => $"write {path} 1",
        1 => $"write {path} 2",
        2 => $"append {path} +",
        3 => $"rm -r {path}",
        4 or 5 or 6 => $"mv {path} {other}",
        7 => $"mkdir {path}",
        8 => $"write {other} 3; mv {other} {path}",
        9 => $"ln {path} to",
        10 => $"rm -r {path}; mkdir {path}",
        11 => $"rm -r {path}; write {path} 4",
        12 => $"mv {path} t; mv {other} {path}; mv t {other}",
        13 => $"rm -r {path}; ln {path} elsewhere",
        14 => $"mv {path} t; rm -r t",
        15 => $"swap {path} {other}",
        _ => $"mv {path} t; mkdir {path}; mv t {other}",
    });

    private static readonly string[] Files = ["c", "g", "h", "d/a", "d/b", "e/a"];

    private static readonly string[] Directories = ["d", "e", "f"];

    private static readonly Gen<string> AFileOperation = Gen.Select(
        Gen.Int[0, 9], Gen.Int[0, Files.Length - 1], Gen.Int[0, Files.Length - 1], static (which, path, other) => NamesUsedAgain(which, Files[path], Files[other]) ?? $"write {Files[path]} {which}");

    private static readonly Gen<string> ADirectoryOperation = Gen.Select(
        Gen.Int[0, 5], Gen.Int[0, Directories.Length - 1], Gen.Int[0, Directories.Length - 1], static (which, path, other) =>
            NamesUsedAgain(which, Directories[path], Directories[other]) ?? $"mv {Directories[path]} {Directories[other]}; mkdir {Directories[path]}; write {Directories[path]}/a 5");

    /// <summary>Lists of steps in which names are used again and again. Directories are renamed and exchanged as a whole, and are not put into each other.</summary>
    /// <param name="fates">As for <see cref="Lists(HintFate[])"/>.</param>
    public static Gen<List<HintedStep>> ListsOfWholeDirectories(params HintFate[] fates) =>
        Lists(Gen.OneOf(AFileOperation, AFileOperation, AFileOperation, ADirectoryOperation), fates);

    private static string? NamesUsedAgain(int which, string path, string other) => which switch
    {
        0 or 1 => $"mv {path} {other}",
        2 => $"swap {path} {other}",
        3 => $"mv {path} t; mv {other} {path}; mv t {other}",
        4 => $"rm -r {path}",
        _ => null,
    };

    /// <summary>Lists of steps.</summary>
    /// <param name="fates">What may become of hints; the more harmless the earlier, so that a failure shrinks to what matters.</param>
    public static Gen<List<HintedStep>> Lists(params HintFate[] fates) => Lists(AnOperation, fates);

    private static Gen<List<HintedStep>> Lists(Gen<string> operations, HintFate[] fates) => Gen
        .Select(operations, Gen.Int[0, fates.Length - 1], Gen.Int[0, 5], (operation, fate, flush) => new HintedStep(operation, fates[fate], flush == 5))
        .List[1, Longest];

    public override string ToString() => $"{Operation}{(Fate == HintFate.Said ? "" : $" ({Fate})")}{(Flushes ? "; flush" : "")}";
}
