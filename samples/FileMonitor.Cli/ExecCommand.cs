using System.Diagnostics;

namespace FileMonitor.Cli;

/// <summary>The command of <c>watch --exec</c>: one program with its arguments. No shell reads them.</summary>
internal sealed class ExecCommand
{
    private readonly string _file;
    private readonly IReadOnlyList<string> _arguments;

    private ExecCommand(string name, string file, IReadOnlyList<string> arguments)
    {
        Name = name;
        _file = file;
        _arguments = arguments;
    }

    /// <summary>The program as it was named.</summary>
    public string Name { get; }

    /// <summary>The program and its arguments for a person: a word with a blank, or one that could be mistaken, stands between double quotes.</summary>
    public override string ToString() => string.Join(' ', _arguments.Prepend(Name).Select(word => word.Length == 0 ? "\"\"" : QuotedText.Quote(word, " ")));

    /// <summary>Finds the program: a name with a separator is a path, another one is looked for in the directories of PATH, and only there.</summary>
    /// <param name="name">The program.</param>
    /// <param name="arguments">Its arguments, handed on as they are.</param>
    /// <param name="path">The value of PATH.</param>
    /// <param name="error">What is wrong; null when the command can be run.</param>
    public static ExecCommand? Find(string name, IReadOnlyList<string> arguments, string? path, out string? error)
    {
        error = name.Length == 0 ? "--exec is empty: name a command."
            : arguments.Append(name).FirstOrDefault(PathBytes.AreNotUtf8) is { } word ? $"--exec ({QuotedText.Quote(word)}) is not UTF-8, and cannot be handed on."
            : null;
        if (error is not null)
        {
            return null;
        }

        // Not left to the runtime, which looks into the working directory first: whoever may write there would choose what is run.
        var isPath = name.Contains('/', StringComparison.Ordinal) || name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        var places = isPath ? [Path.GetFullPath(name)] : (path ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified).Select(directory => Path.Join(directory, name));
        if (places.SelectMany(WithExtension).FirstOrDefault(IsProgram) is { } file)
        {
            return new ExecCommand(name, file, arguments);
        }

        error = $"--exec ({QuotedText.Quote(name)}) is no program that can be run{(isPath ? "" : ", and in no directory of PATH is one of that name")}.";
        return null;
    }

    /// <summary>Starts it with its own standard input; the other streams are ours.</summary>
    public Process Start()
    {
        var start = new ProcessStartInfo(_file) { UseShellExecute = false, RedirectStandardInput = true };
        foreach (var argument in _arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static IEnumerable<string> WithExtension(string file) =>
        OperatingSystem.IsWindows() && !Path.HasExtension(file) ? [file + ".exe"] : [file];

    private static bool IsProgram(string file)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Execute) != 0);
    }
}
