import { CopyButton } from '../../shared/CopyButton';
import css from './Connect.module.css';

const SQL = 'create role holdfast_reader login;\ngrant pg_read_all_data to holdfast_reader;';

/** SQL for a role that cannot change anything. */
export function ReadOnlyRole() {
  return (
    <section className={css.role} aria-label="A role that can only read">
      <p className={css.roleHead}>
        <b>A role that can only read</b>
        <span>recommended, not required</span>
      </p>
      <pre>{SQL}</pre>
      <div className={css.roleFoot}>
        <span>
          Run it once on the server, give it a password with <code>\password</code>, then sign in as this
          role.
        </span>
        <CopyButton text={SQL} what="the SQL" quiet={false} />
      </div>
    </section>
  );
}
