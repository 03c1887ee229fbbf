using Spectre.Console;

namespace FileMonitor.Cli;

/// <summary>Describes whether a standard stream is a terminal: otherwise nothing is drawn or coloured.</summary>
internal sealed record Terminal(bool IsTerminal, bool HasColours)
{
    public static Terminal None { get; } = new(IsTerminal: false, HasColours: false);

    public static Terminal OfOutput() => Console.IsOutputRedirected ? None : Detect(() => Console.Out);

    public static Terminal OfError() => Console.IsErrorRedirected ? None : Detect(() => Console.Error);

    public AnsiWriter CreateWriter(TextWriter text) => new(text, new AnsiCapabilities
    {
        Ansi = IsTerminal,

        // 16 colours: those that the user has configured for the terminal.
        ColorSystem = HasColours ? ColorSystem.Standard : ColorSystem.NoColors,
    });

    private static Terminal Detect(Func<TextWriter> writer)
    {
        // On Windows escape sequences have to be switched on. Elsewhere avoid Spectre's detector, whose regular expressions would be a large
        // part of the published command, and the console, which sends escape sequences of its own before the first line.
        var ansi = OperatingSystem.IsWindows()
            ? AnsiCapabilities.Create(writer()).Ansi
            : Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

        // https://no-color.org: present and not empty.
        return new(ansi, HasColours: ansi && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
    }
}
