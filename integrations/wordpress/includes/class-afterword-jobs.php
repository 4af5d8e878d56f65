<?php
/**
 * From a saved post to its digest: what is queued, sent, asked for and tried again.
 * While a post is being saved nothing leaves the site; WP-Cron does that later.
 *
 * @package Afterword
 */

defined( 'ABSPATH' ) || exit;

/**
 * One job for each post, the latest.
 */
final class Afterword_Jobs {

	const EVENT = 'afterword_work';
	const SWEEP = 'afterword_sweep';
	const PAUSE = 'afterword_pause_until';

	/**
	 * For one run of WP-Cron.
	 */
	const BATCH        = 20;
	const WORK_SECONDS = 25;

	/**
	 * After this long another process may take a job over.
	 */
	const CLAIM_SECONDS = 300;

	/**
	 * Waits before each further attempt to send; the last one for all that follow.
	 */
	const RETRY_SECONDS = array( 60, 300, 900, 3600, 10800, 21600, 43200, 86400 );
	const MAX_ATTEMPTS  = 12;

	/**
	 * Waits before asking for a digest whose callback has not come.
	 */
	const POLL_SECONDS = array( 120, 300, 900, 3600, 10800 );

	/**
	 * The same where no callback can come.
	 */
	const POLL_ONLY_SECONDS = array( 15, 30, 60, 120, 300, 900, 3600, 10800 );

	const GIVE_UP_AFTER  = 604800;
	const LOCKED_SECONDS = 300;
	const PAUSE_SECONDS  = 60;

	/**
	 * Connects to WordPress.
	 */
	public static function connect() {
		add_action( 'wp_after_insert_post', array( self::class, 'on_save' ), 10, 2 );
		add_action( self::EVENT, array( self::class, 'work' ) );
		add_action( self::SWEEP, array( self::class, 'work' ) );
		add_action( 'admin_init', array( self::class, 'keep_sweeping' ) );
	}

	/**
	 * Queues a job when a post is published or a published one was changed. Whatever
	 * goes wrong here, the post is saved.
	 *
	 * @param int     $post_id Of the post.
	 * @param WP_Post $post    The post.
	 */
	public static function on_save( $post_id, $post ) {
		try {
			$is_wanted = 'publish' === $post->post_status
				&& 'automatic' === Afterword_Settings::get( 'mode' )
				&& Afterword_Settings::covers( $post->post_type )
				&& ! ( defined( 'WP_IMPORTING' ) && WP_IMPORTING );
			if ( $is_wanted ) {
				self::enqueue( (int) $post_id, 'publish', false );
			}
		} catch ( Throwable $error ) {
			/**
			 * Something failed that must not fail the save.
			 *
			 * @param Throwable $error   What failed.
			 * @param int       $post_id The post.
			 */
			do_action( 'afterword_error', $error, (int) $post_id );
		}
	}

	/**
	 * Queues a job, unless the article is the one that the digest or the job in hand
	 * is for.
	 *
	 * @param int    $post_id Of a post.
	 * @param string $lane    publish, draft or backfill.
	 * @param bool   $force   Whether an unchanged article is sent again.
	 * @param bool   $is_rehearsal Whether to say only what would be done.
	 * @return string queued, unchanged, pending, empty or gone.
	 */
	public static function enqueue( int $post_id, string $lane, bool $force, bool $is_rehearsal = false ): string {
		$post = get_post( $post_id );
		if ( ! $post ) {
			return 'gone';
		}
		if ( Afterword_Article::is_empty( $post ) ) {
			return 'empty';
		}
		$hash   = Afterword_Article::hash( $post );
		$job    = Afterword_Store::job( $post_id );
		$digest = Afterword_Store::digest( $post_id );
		if ( $job && $job['hash'] === $hash && in_array( $job['state'], array( 'queued', 'sent' ), true ) ) {
			return 'pending';
		}
		if ( $digest && $digest['hash'] === $hash && ! $force ) {
			return 'unchanged';
		}
		if ( ! $is_rehearsal ) {
			Afterword_Store::set_job( $post_id, self::new_job( $hash, $lane ), time() );
			self::wake();
		}
		return 'queued';
	}

	/**
	 * A job that was not sent yet.
	 *
	 * @param string $hash Of the article.
	 * @param string $lane publish, draft or backfill.
	 * @return array
	 */
	private static function new_job( string $hash, string $lane ): array {
		return array(
			'state'    => 'queued',
			'hash'     => $hash,
			'lane'     => $lane,
			'id'       => '',
			'attempts' => 0,
			'polls'    => 0,
			'error'    => '',
			'since'    => time(),
		);
	}

	/**
	 * Attends to the jobs that are due.
	 *
	 * @param int|null $limit How many; a batch when null.
	 * @return int How many were attended to.
	 */
	public static function work( $limit = null ): int {
		$limit    = is_int( $limit ) ? $limit : self::BATCH;
		$deadline = time() + self::WORK_SECONDS;
		$count    = 0;
		foreach ( Afterword_Store::due_posts( time(), $limit ) as $post_id ) {
			if ( time() >= $deadline || self::paused_until() > time() ) {
				break;
			}
			$count += self::attend_if_free( $post_id ) ? 1 : 0;
		}
		self::wake();
		return $count;
	}

	/**
	 * Attends to one job now, if it is due and no other process does.
	 *
	 * @param int  $post_id       Of a post.
	 * @param bool $is_waited_for Whether a person waits.
	 */
	public static function attend_if_free( int $post_id, bool $is_waited_for = false ): bool {
		wp_cache_delete( $post_id, 'post_meta' );
		$due = Afterword_Store::due( $post_id );
		if ( null === $due || $due > time() || ! Afterword_Store::claim( $post_id, $due, time() + self::CLAIM_SECONDS ) ) {
			return false;
		}
		$job  = Afterword_Store::job( $post_id );
		$post = get_post( $post_id );
		if ( ! $job || ! $post ) {
			delete_post_meta( $post_id, Afterword_Store::DUE );
			return false;
		}
		if ( 'queued' === $job['state'] ) {
			self::send( $post, $job, $is_waited_for );
		} elseif ( 'sent' === $job['state'] ) {
			self::ask( $post, $job );
		} else {
			self::publish_unasked( $post_id, $job );
		}
		return true;
	}

	/**
	 * Sends the article as it is now.
	 *
	 * @param WP_Post $post          The post.
	 * @param array   $job           Its job.
	 * @param bool    $is_waited_for Whether a person waits.
	 */
	private static function send( WP_Post $post, array $job, bool $is_waited_for ) {
		$job['hash'] = Afterword_Article::hash( $post );
		$answer      = Afterword_Client::request_digest( self::request( $post, $job['lane'] ), $is_waited_for );
		if ( is_wp_error( $answer ) ) {
			self::try_again( $post->ID, $job, $answer );
			return;
		}
		$id = $answer['id'] ?? '';
		if ( ! self::finish( $post->ID, $job, $answer ) ) {
			if ( ! is_string( $id ) || ! preg_match( Afterword_Client::ID_PATTERN, $id ) ) {
				self::fail( $post->ID, $job, __( 'The service gave no id.', 'afterword' ) );
				return;
			}
			$job['state'] = 'sent';
			$job['id']    = $id;
			$job['error'] = '';
			// Known already and only not in this answer: fetched at once.
			$is_done = 'done' === ( $answer['status'] ?? '' );
			Afterword_Store::set_job( $post->ID, $job, time() + ( $is_done ? 0 : self::poll_wait( 0 ) ) );
		}
	}

	/**
	 * The request, as CONTRACT.md says.
	 *
	 * @param WP_Post $post A post.
	 * @param string  $lane publish, draft or backfill.
	 * @return array
	 */
	private static function request( WP_Post $post, string $lane ): array {
		$request = array(
			'html'        => Afterword_Article::html( $post ),
			'title'       => html_entity_decode( wp_strip_all_tags( $post->post_title ), ENT_QUOTES | ENT_HTML5, 'UTF-8' ),
			'url'         => (string) get_permalink( $post ),
			'external_id' => self::external_id( $post->ID ),
			'lane'        => $lane,
			'options'     => array( 'count' => (int) Afterword_Settings::get( 'count' ) ),
		);
		if ( Afterword_Callback::is_possible() ) {
			$request['callback'] = array( 'url' => Afterword_Callback::url() );
		}
		return $request;
	}

	/**
	 * The name of a post for the service.
	 *
	 * @param int $post_id Of a post.
	 */
	public static function external_id( int $post_id ): string {
		// phpcs:ignore WordPress.WP.CapitalPDangit.MisspelledInText -- Part of an identifier.
		return 'wordpress:' . wp_parse_url( home_url(), PHP_URL_HOST ) . ':' . get_current_blog_id() . ':' . $post_id;
	}

	/**
	 * The post that a name stands for, on this site.
	 *
	 * @param string $external_id As external_id() writes it.
	 */
	public static function post_of( string $external_id ): int {
		$post_id = (int) substr( (string) strrchr( $external_id, ':' ), 1 );
		return $post_id > 0 && self::external_id( $post_id ) === $external_id ? $post_id : 0;
	}

	/**
	 * Asks for a digest whose callback has not come.
	 *
	 * @param WP_Post $post The post.
	 * @param array   $job  Its job.
	 */
	private static function ask( WP_Post $post, array $job ) {
		$answer = Afterword_Client::fetch_digest( $job['id'] );
		++$job['polls'];
		if ( ! is_wp_error( $answer ) && self::finish( $post->ID, $job, $answer ) ) {
			return;
		}
		if ( time() - $job['since'] > self::GIVE_UP_AFTER ) {
			self::fail( $post->ID, $job, __( 'The service did not finish within a week.', 'afterword' ) );
			return;
		}
		if ( is_wp_error( $answer ) && 'afterword_unknown' === $answer->get_error_code() ) {
			// The service lost it or keeps it no longer: from the beginning.
			$job['state'] = 'queued';
			$job['id']    = '';
			self::try_again( $post->ID, $job, $answer, true );
			return;
		}
		if ( is_wp_error( $answer ) ) {
			self::pause_for( $answer );
			$job['error'] = $answer->get_error_message();
		}
		Afterword_Store::set_job( $post->ID, $job, time() + self::poll_wait( $job['polls'] ) );
	}

	/**
	 * How long to wait before asking.
	 *
	 * @param int $polls How often it was asked already.
	 */
	private static function poll_wait( int $polls ): int {
		$waits = Afterword_Callback::is_possible() ? self::POLL_SECONDS : self::POLL_ONLY_SECONDS;
		return $waits[ min( $polls, count( $waits ) - 1 ) ];
	}

	/**
	 * Takes an answer or a callback that ends a job.
	 *
	 * @param int   $post_id Of a post.
	 * @param array $job     Its job.
	 * @param array $answer  With status and digest, or a digest itself.
	 * @return bool Whether it ended the job.
	 */
	public static function finish( int $post_id, array $job, array $answer ): bool {
		$status = $answer['status'] ?? ( isset( $answer['faq'] ) ? 'done' : '' );
		if ( in_array( $status, array( 'dead', 'cancelled' ), true ) ) {
			$reason = $answer['error'] ?? $answer['reason'] ?? '';
			$reason = is_array( $reason ) ? ( $reason['detail'] ?? $reason['title'] ?? '' ) : $reason;
			/* translators: %s: what the service said about it. */
			self::fail( $post_id, $job, sprintf( __( 'The service gave up. %s', 'afterword' ), Afterword_Digest::text( $reason ) ) );
			return true;
		}
		$digest = isset( $answer['faq'] ) ? $answer : ( $answer['digest'] ?? null );
		if ( 'done' !== $status || ! is_array( $digest ) ) {
			return false;
		}
		$job['id'] = is_string( $answer['id'] ?? null ) ? $answer['id'] : $job['id'];
		self::receive( $post_id, $job, $digest );
		return true;
	}

	/**
	 * Keeps a digest.
	 *
	 * @param int   $post_id Of a post.
	 * @param array $job     Its job.
	 * @param array $wire    The digest as sent.
	 */
	private static function receive( int $post_id, array $job, array $wire ) {
		$digest = Afterword_Digest::read( $wire );
		if ( is_wp_error( $digest ) ) {
			self::fail( $post_id, $job, $digest->get_error_message() );
			return;
		}
		$digest['id']       = $job['id'];
		$digest['hash']     = $job['hash'];
		$digest['received'] = time();
		Afterword_Store::set_digest( $post_id, $digest );
		$job['state'] = 'done';
		$job['error'] = '';
		Afterword_Store::set_job( $post_id, $job, null );
		/**
		 * A digest has come.
		 *
		 * @param int   $post_id The post.
		 * @param array $digest  topic, items and provenance.
		 */
		do_action( 'afterword_digest_received', $post_id, $digest );
		self::publish_unasked( $post_id, $job );
	}

	/**
	 * Publishes without an editor, where the site says so and the article is still
	 * the one that the digest is for.
	 *
	 * @param int   $post_id Of a post.
	 * @param array $job     Its job, done.
	 */
	private static function publish_unasked( int $post_id, array $job ) {
		$post   = get_post( $post_id );
		$digest = Afterword_Store::digest( $post_id );
		$is_fit = 'automatic' === Afterword_Settings::get( 'publish' ) && $post && $digest && Afterword_Article::hash( $post ) === $digest['hash'];
		if ( 'done' !== $job['state'] || ! $is_fit ) {
			delete_post_meta( $post_id, Afterword_Store::DUE );
			return;
		}
		$undecided = array_diff( wp_list_pluck( $digest['items'], 'key' ), array_keys( Afterword_Store::review( $post_id ) ) );
		Afterword_Store::decide( $post_id, array_fill_keys( $undecided, 'approved' ), 0 );
		$done         = Afterword_Publisher::apply( $post_id, false );
		$is_locked    = is_wp_error( $done ) && 'afterword_locked' === $done->get_error_code();
		$job['error'] = is_wp_error( $done ) ? $done->get_error_message() : '';
		Afterword_Store::set_job( $post_id, $job, $is_locked ? time() + self::LOCKED_SECONDS : null );
	}

	/**
	 * Plans another attempt, or gives up.
	 *
	 * @param int      $post_id Of a post.
	 * @param array    $job     Its job.
	 * @param WP_Error $error   What went wrong.
	 * @param bool     $retry   Whether to try again whatever the error says.
	 */
	private static function try_again( int $post_id, array $job, WP_Error $error, bool $retry = false ) {
		$data = (array) $error->get_error_data();
		self::pause_for( $error );
		++$job['attempts'];
		if ( ( ! $retry && empty( $data['retry'] ) ) || $job['attempts'] >= self::MAX_ATTEMPTS ) {
			self::fail( $post_id, $job, $error->get_error_message() );
			return;
		}
		$job['error'] = $error->get_error_message();
		$wait         = self::RETRY_SECONDS[ min( $job['attempts'], count( self::RETRY_SECONDS ) ) - 1 ];
		Afterword_Store::set_job( $post_id, $job, time() + max( $wait, (int) ( $data['after'] ?? 0 ) ) );
	}

	/**
	 * Ends a job without a digest. An older digest stays.
	 *
	 * @param int    $post_id Of a post.
	 * @param array  $job     Its job.
	 * @param string $message What went wrong.
	 */
	private static function fail( int $post_id, array $job, string $message ) {
		$job['state'] = 'failed';
		$job['error'] = $message;
		Afterword_Store::set_job( $post_id, $job, null );
	}

	/**
	 * Leaves a service that is down or busy alone for a while; the jobs behind this
	 * one spend no attempt on it.
	 *
	 * @param WP_Error $error What went wrong.
	 */
	private static function pause_for( WP_Error $error ) {
		$data = (array) $error->get_error_data();
		if ( ! empty( $data['pause'] ) ) {
			$seconds = (int) ( $data['after'] ?? self::PAUSE_SECONDS );
			set_transient( self::PAUSE, time() + $seconds, $seconds );
		}
	}

	/**
	 * Until when the service is left alone.
	 */
	private static function paused_until(): int {
		return (int) get_transient( self::PAUSE );
	}

	/**
	 * Asks WP-Cron to come when the next job is due.
	 */
	public static function wake() {
		$due = Afterword_Store::next_due();
		if ( null === $due ) {
			return;
		}
		$due       = max( $due, self::paused_until(), time() );
		$scheduled = wp_next_scheduled( self::EVENT );
		if ( false === $scheduled || $scheduled > $due ) {
			wp_clear_scheduled_hook( self::EVENT );
			wp_schedule_single_event( $due, self::EVENT );
		}
	}

	/**
	 * Looks for forgotten jobs every hour, should an event have got lost.
	 */
	public static function keep_sweeping() {
		if ( ! wp_next_scheduled( self::SWEEP ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'hourly', self::SWEEP );
		}
	}

	/**
	 * Takes the events out of WP-Cron.
	 */
	public static function stop() {
		wp_clear_scheduled_hook( self::EVENT );
		wp_clear_scheduled_hook( self::SWEEP );
	}
}
