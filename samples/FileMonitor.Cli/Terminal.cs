using Spectre.Console;

namespace FileMonitor.Cli;

/// <summary>What one standard stream leads to: nothing is drawn, and nothing coloured, unless it is a terminal.</summary>
internal sealed record Terminal(bool IsTerminal, bool HasColours)
{
    public static Terminal None { get; } = new(IsTerminal: false, HasColours: false);

    public static Terminal OfOutput() => Console.IsOutputRedirected ? None : Detect(() => Console.Out);

    public static Terminal OfError() => Console.IsErrorRedirected ? None : Detect(() => Console.Error);

    public AnsiWriter CreateWriter(TextWriter text) => new(text, new AnsiCapabilities
    {
        Ansi = IsTerminal,

        // 16 colours: they are the ones that a person has chosen for the terminal.
        ColorSystem = HasColours ? ColorSystem.Standard : ColorSystem.NoColors,
    });

    private static Terminal Detect(Func<TextWriter> writer)
    {
        // On Windows somebody has to switch escape sequences on. Elsewhere Spectre's detector is a list of regular expressions, and the
        // engine for them would be a large part of the published command; and the console, once asked for its writers, sends escape
        // sequences of its own before the first line.
        var ansi = OperatingSystem.IsWindows()
            ? AnsiCapabilities.Create(writer()).Ansi
            : Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

        // https://no-color.org: present and not empty.
        return new(ansi, HasColours: ansi && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }
}
