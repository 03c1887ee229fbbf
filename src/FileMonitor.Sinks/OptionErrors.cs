namespace FileMonitor.Sinks;

/// <summary>The mistakes of options, one sentence each.</summary>
internal sealed class OptionErrors : List<string>
{
    public void Check(bool isRight, string error)
    {
        if (!isRight)
        {
            Add(error);
        }
    }

    public void CheckTimeout(TimeSpan timeout) =>
        Check(timeout >= TimeSpan.FromMilliseconds(100) && timeout <= TimeSpan.FromMinutes(10), $"Timeout ({timeout}) is not from 100 milliseconds to 10 minutes.");

    /// <exception cref="ArgumentException">There are mistakes.</exception>
    public static void Throw(IReadOnlyList<string> errors, string parameter)
    {
        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', errors), parameter);
        }
    }
}
