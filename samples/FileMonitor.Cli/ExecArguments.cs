namespace FileMonitor.Cli;

/// <summary>
/// Cuts the command of <c>watch --exec CMD [ARG...]</c> out of the arguments: it is all that stands behind it, as with xargs, env and timeout.
/// No word of it is an option of ours, and none is split or joined.
/// </summary>
internal static class ExecArguments
{
    public const string Option = "--exec";

    /// <returns>Our own arguments, which end with the option and CMD, and the arguments of CMD.</returns>
    public static (IReadOnlyList<string> Own, IReadOnlyList<string> OfCommand) Split(IReadOnlyList<string> arguments)
    {
        if (arguments is not ["watch", ..])
        {
            return (arguments, []);
        }

        for (var at = 1; at < arguments.Count && arguments[at] != "--"; at++)
        {
            // In --exec=CMD the command is in the same word.
            var end = arguments[at] == Option ? at + 2 : arguments[at].StartsWith(Option + '=', StringComparison.Ordinal) ? at + 1 : 0;
            if (end > 0)
            {
                return ([.. arguments.Take(end)], [.. arguments.Skip(end)]);
            }
        }

        return (arguments, []);
    }
}
